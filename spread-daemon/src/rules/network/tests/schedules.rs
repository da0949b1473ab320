//! Random stories, by seed, under the checker. A failing one is printed: as a text it can be played again.
//!
//! `SPREAD_SCHEDULES=500` and `SPREAD_EVENTS=10000` have so many stories of so many steps played, from the seed
//! `SPREAD_SEED` on.

use std::panic::{AssertUnwindSafe, catch_unwind};

use super::checker;
use super::script::Story;
use crate::ordering::simulated::Random;

const NAMES: [&str; 7] = ["one", "two", "three", "four", "five", "six", "seven"];
const SERVICES: [&str; 6] = ["unreliable", "reliable", "fifo", "causal", "agreed", "safe"];
const GROUPS: [&str; 6] = ["room", "other", "g3", "g4", "g5", "g6"];

/// Draws the steps of a story.
struct Script {
    random: Random,
    daemons: u64,
    clients: u64,
    messages: u64,
}

impl Script {
    fn of(seed: u64, steps: usize) -> Vec<String> {
        let mut random = Random::new(seed.wrapping_mul(0x5851_f42d_4c95_7f2d));
        let (daemons, clients) = (3 + random.below(5), 3 + random.below(38));
        let mut script = Script { random, daemons, clients, messages: 0 };
        let mut lines = vec![
            format!("daemons {}", NAMES[..daemons as usize].join(" ")),
            format!("seed {seed}"),
            format!("detect {}ms", 5 + script.random.below(60)),
            "run 200ms".to_owned(),
        ];
        if script.random.one_in(3) {
            lines.push(format!("latency {}us {}us", script.random.below(3_000), script.random.below(3_000)));
        }
        if script.random.one_in(4) {
            lines.push(format!("refusals {}", 5 + script.random.below(50)));
        }
        for client in 0..clients {
            let silent = if script.random.one_in(8) { " silent" } else { "" };
            lines.push(format!("connect c{client} {}{silent}", script.daemon()));
            lines.push(format!("join c{client} {}", script.group()));
        }
        lines.extend((0..steps).map(|_| script.step()));
        // All is well again in the end.
        lines.push("latency 0us 0us".to_owned());
        lines.push("refusals 0".to_owned());
        for name in &NAMES[..daemons as usize] {
            lines.push(format!("go {name}"));
            lines.push(format!("wake {name}"));
            lines.push(format!("start {name}"));
        }
        lines.extend(["heal".to_owned(), "settle".to_owned()]);
        lines
    }

    fn daemon(&mut self) -> &'static str {
        NAMES[self.random.below(self.daemons) as usize]
    }

    fn client(&mut self) -> String {
        format!("c{}", self.random.below(self.clients))
    }

    fn group(&mut self) -> &'static str {
        let groups = GROUPS.len() as u64;
        GROUPS[self.random.below(groups).min(self.random.below(groups)) as usize]
    }

    fn step(&mut self) -> String {
        match self.random.below(100) {
            0..50 => self.message(),
            50..58 => format!("join {} {}", self.client(), self.group()),
            58..62 => format!("leave {} {}", self.client(), self.group()),
            62..64 => format!("gone {}", self.client()),
            64 => format!("disconnect {}", self.client()),
            65..70 => {
                let (client, daemon) = (self.client(), self.daemon());
                format!("connect {client} {daemon}")
            }
            70..86 => format!("run {}us", [300, 3_000, 30_000, 300_000][self.random.below(4) as usize]),
            86..89 => self.part(),
            89..92 => "heal".to_owned(),
            92 => format!("{} {}", ["kill", "fail"][self.random.below(2) as usize], self.daemon()),
            93 => format!("start {}", self.daemon()),
            94 => format!("hang {}", self.daemon()),
            95 => format!("wake {}", self.daemon()),
            96 => format!("stop {}", self.daemon()),
            97 => format!("go {}", self.daemon()),
            98 => format!("disturb {}", self.daemon()),
            _ => format!("run {}s", 1 + self.random.below(7)),
        }
    }

    fn message(&mut self) -> String {
        self.messages += 1;
        let verb = if self.random.one_in(10) { "discard" } else { "send" };
        let service = SERVICES[self.random.below(12).min(5) as usize];
        let mut to = self.group().to_owned();
        if self.random.one_in(5) {
            to = format!("{to},{}", self.group());
        }
        if self.random.one_in(10) {
            to = format!("{to},#{}#{}", self.client(), self.daemon());
        }
        let len = match self.random.below(100) {
            0 => 16_000 << self.random.below(4),
            _ => 1 << self.random.below(14),
        };
        format!("{verb} {} {service} {to} {}:{}", self.client(), self.messages, len.min(139_000))
    }

    fn part(&mut self) -> String {
        let mut parts = vec![Vec::new(); 2 + self.random.below(2) as usize];
        for name in &NAMES[..self.daemons as usize] {
            let part = self.random.below(parts.len() as u64) as usize;
            parts[part].push(*name);
        }
        let parts: Vec<String> = parts.iter().filter(|part| !part.is_empty()).map(|part| part.join(" ")).collect();
        format!("part {}", parts.join(" | "))
    }
}

fn number(name: &str, default: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn play(lines: &[String]) -> Result<(), String> {
    let text = lines.join("\n");
    let played = catch_unwind(AssertUnwindSafe(|| {
        let (story, _) = Story::play(&text);
        checker::check(&story.traces)?;
        checker::check_end(&story.traces)?;
        story.check_end()
    }));
    played.unwrap_or_else(|panic| {
        Err(panic.downcast::<String>().map_or_else(|_| "a panic".to_owned(), |text| format!("a panic: {text}")))
    })
}

#[test]
fn random_stories_keep_every_rule() {
    let (count, steps, first) =
        (number("SPREAD_SCHEDULES", 40), number("SPREAD_EVENTS", 400), number("SPREAD_SEED", 1));
    for seed in first..first + count {
        let lines = Script::of(seed, steps as usize);
        if let Err(fault) = play(&lines) {
            let folder = std::env::temp_dir().join(format!("spread-schedule-{seed}.txt"));
            std::fs::write(&folder, lines.join("\n")).unwrap();
            panic!("seed {seed}: {fault}\nthe script: {}", folder.display());
        }
    }
}

/// `SPREAD_SCRIPT=FILE` plays a script again and shows what comes of it.
#[test]
fn a_given_story() {
    let Some(path) = std::env::var_os("SPREAD_SCRIPT") else { return };
    let (story, out) = Story::play(&std::fs::read_to_string(path).unwrap());
    println!("{out}");
    checker::check(&story.traces).and_then(|()| checker::check_end(&story.traces)).unwrap();
}
