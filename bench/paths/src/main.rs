//! Runs one path so many times, for a tool that counts instructions: `spread-paths NAME RUNS`. Without arguments it
//! lists the paths.

use std::process::ExitCode;

fn main() -> ExitCode {
    let paths = spread_paths::all();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, runs] = arguments.as_slice() else {
        for path in paths {
            println!("{} {}", path.name, path.messages);
        }
        return ExitCode::SUCCESS;
    };
    let (Some(path), Ok(runs)) = (paths.into_iter().find(|path| path.name == name.as_str()), runs.parse::<u32>())
    else {
        eprintln!("spread-paths NAME RUNS: there is no path {name}, or {runs} is no number");
        return ExitCode::FAILURE;
    };
    let mut run = (path.prepare)();
    for _ in 0..runs {
        run();
    }
    ExitCode::SUCCESS
}
