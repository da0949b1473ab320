//! Copies those inputs of a target that may be kept: `keep TARGET FROM TO`.

use std::path::Path;

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [target, from, to] = &arguments[..] else { panic!("usage: keep TARGET FROM TO") };
    std::fs::create_dir_all(to)?;
    let (mut kept, mut all) = (0, 0);
    for file in std::fs::read_dir(from)? {
        let file = file?;
        let data = std::fs::read(file.path())?;
        all += 1;
        if spread_fuzz::legal::is_legal(target, &data) {
            kept += 1;
            std::fs::write(Path::new(to).join(file.file_name()), data)?;
        }
    }
    println!("{target}: {kept} of {all}");
    Ok(())
}
