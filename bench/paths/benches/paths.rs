//! `cargo bench -p spread-paths`: each path's time a run, and messages a second.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};

fn paths(criterion: &mut Criterion) {
    for path in spread_paths::all() {
        let mut group = criterion.benchmark_group(path.name);
        group.throughput(Throughput::Elements(path.messages));
        let mut run = (path.prepare)();
        group.bench_function("run", |bencher| bencher.iter(&mut run));
        group.finish();
    }
}

criterion_group!(benches, paths);
criterion_main!(benches);
