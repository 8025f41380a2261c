//! dev
use semantics::intent::{Example, Intent, IntentModel, examples};
fn main() {
    let all = examples();
    let mut m = [[0; 9]; 9];
    let t = std::time::Instant::now();
    let verbose = std::env::args().count() > 1;
    for fold in 0..5 {
        let part = |h: bool| all.iter().enumerate().filter(|(i, _)| (i % 5 == fold) == h).map(|(_, e)| e.clone()).collect::<Vec<Example>>();
        let model = IntentModel::train(&part(false));
        for e in part(true) {
            let g = model.classify(&e.text);
            m[e.intent as usize][g.intent as usize] += 1;
            if verbose && g.intent != e.intent { println!("{:?} -> {:?} {:.2} {}", e.intent, g.intent, g.probability, e.text); }
        }
    }
    for (i, r) in m.iter().enumerate() { println!("{:24} {:?}", Intent::ALL[i].name(), r); }
    let right: i32 = (0..9).map(|i| m[i][i]).sum();
    println!("{} of {} = {:.3} in {:?}", right, all.len(), right as f64 / all.len() as f64, t.elapsed());
}
