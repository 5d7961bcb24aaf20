//! temp
mod common;
use common::kit;
use eryx::{Bundle, Sandbox};
use std::sync::OnceLock;
use std::time::Instant;

fn faults() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    let rest = stat.rsplit(')').next().unwrap();
    rest.split_whitespace().nth(7).unwrap().parse().unwrap()
}

#[test]
fn measure() {
    static BUNDLE: OnceLock<Bundle> = OnceLock::new();
    let bundle = BUNDLE.get_or_init(|| match std::env::var("KIT") {
        Ok(p) => Bundle::open(p).unwrap(),
        Err(_) => Bundle::open(kit::bundle()).unwrap(),
    });
    let sandbox = Sandbox::builder().with_bundle(bundle).build().unwrap();
    for code in ["pass", "x = 1", "1 + 1", "print('x')", "def f(): return [i for i in range(10)]\nf()", "1/0"]
    {
        let mut f = vec![];
        let mut g = vec![];
        let mut t = vec![];
        for _ in 0..60 {
            let a = faults();
            let mut s = sandbox.session_blocking().unwrap();
            let b = faults();
            let start = Instant::now();
            let _ = s.execute_blocking(code);
            t.push(start.elapsed());
            g.push(faults() - b);
            f.push(b - a);
            drop(s);
        }
        f.sort();
        g.sort();
        t.sort();
        println!(
            "{code:50} start faults {} exec faults {} exec time {:?} min {:?}",
            f[30], g[30], t[30], t[0]
        );
    }
    let mut s = sandbox.session_blocking().unwrap();
    for (name, code) in [("hit", Some("x = 1")), ("hit 1+1", Some("x + 1")), ("miss", None)] {
        let mut t = vec![];
        for n in 0..5000 {
            let text = code.map_or_else(|| format!("x = {n}"), str::to_owned);
            let start = Instant::now();
            s.execute_blocking(&text).unwrap();
            t.push(start.elapsed());
        }
        t.sort();
        println!("{name}: median {:?} p10 {:?} min {:?}", t[2500], t[500], t[0]);
    }
}
