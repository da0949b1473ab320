//! Several daemons as their clients meet them: over the simulated layer, without a socket or a clock.
//!
//! | module | shows |
//! |---|---|
//! | `cluster` | daemons, and the time between them |
//! | `script` | stories of clients and of what happens to daemons, a line a step |
//! | `stories` | the texts in `scenarios/`, and what comes of them |
//! | `facts` | what real networks show, row by row |
//! | `recordings` | recorded clients of several daemons get the recorded answers |
//! | `checker` | whether what clients were delivered may be |
//! | `schedules` | random stories under the checker |
//! | `layer` | the simulated layer under the promises of layers |
//! | `garbage` | frames that are none of a daemon's |

mod checker;
mod cluster;
mod facts;
mod garbage;
mod layer;
mod recordings;
mod schedules;
mod script;
mod stories;
