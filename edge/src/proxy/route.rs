//! Where a request goes. The table is the protocol's (`chat::route`); here is how the edge refuses what has no route.

pub use chat::route::{Route, RouteError};

use super::exchange::Refused;

impl From<RouteError> for Refused {
    fn from(error: RouteError) -> Self {
        let refused = Self::from(error.problem());
        match error.allow() {
            Some(methods) => refused.with_header("allow", methods),
            None => refused,
        }
    }
}

#[cfg(test)]
mod tests {
    use chat::Code;

    use super::*;

    #[test]
    fn a_wrong_method_is_told_the_right_one_in_a_header() {
        let refused = Refused::from(Route::of("GET", "/v1/chat/messages").unwrap_err());
        assert_eq!(refused.problem.code, Code::MethodNotAllowed);
        assert_eq!(refused.headers, [("allow".to_owned(), "POST".to_owned())]);
    }

    #[test]
    fn what_is_not_there_allows_nothing() {
        let refused = Refused::from(Route::of("POST", "/internal/v1/turns").unwrap_err());
        assert_eq!(refused.problem.code, Code::NotFound);
        assert!(refused.headers.is_empty());
    }
}
