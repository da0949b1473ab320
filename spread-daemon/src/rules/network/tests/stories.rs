//! The stories in `scenarios/`: script in, transcript out. `SPREAD_RECORD=1` writes down what comes out now; the diff says
//! what has changed.

use std::path::Path;

use super::checker;
use super::script::Story;

#[test]
fn stories_go_as_they_went() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/scenarios"));
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    assert!(paths.len() >= 25, "stories are missing");
    for path in paths {
        let known = std::fs::read_to_string(&path).unwrap();
        let (story, now) = Story::play(&known);
        checker::check(&story.traces).unwrap_or_else(|fault| panic!("{}: {fault}", path.display()));
        if std::env::var_os("SPREAD_RECORD").is_some() {
            std::fs::write(&path, &now).unwrap();
        } else {
            assert_eq!(now, known, "{}", path.display());
        }
    }
}
