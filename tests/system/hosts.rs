//! The chat over HTTP, the same on every host of the shop: the edge, the Spin application in the test host, and the Spin application in
//! Spin itself where that is installed. A test is written once and runs on each. Where two hosts differ, the test says why.

/// Makes tests of functions `async fn name(kind: Kind)`: `edge::name`, `spin::name`, and `spin_up::name`, which is run on demand. A
/// function that is not in the list is never used, which the compiler tells.
macro_rules! on_every_host {
    ($($name:ident),+ $(,)?) => {
        mod edge {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::fixture::Kind::Edge).await;
                }
            )+
        }

        mod spin {
            $(
                #[tokio::test(flavor = "multi_thread")]
                async fn $name() {
                    super::$name(crate::fixture::Kind::Spin).await;
                }
            )+
        }

        mod spin_up {
            $(
                #[tokio::test(flavor = "multi_thread")]
                #[ignore = "needs spin 4.1 or later on the PATH"]
                async fn $name() {
                    if crate::fixture::has_spin() {
                        super::$name(crate::fixture::Kind::SpinUp).await;
                    }
                }
            )+
        }
    };
}

mod answers;
mod bodies;
mod calls;
mod credentials;
mod cut;
mod down;
mod framing;
mod garbage;
mod handed_over;
mod heads;
mod limits;
mod memory;
mod pages;
mod refusals;
mod repeats;
mod sessions;
mod slow;
