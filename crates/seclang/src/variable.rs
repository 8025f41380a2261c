//! The variables of the language: names, shapes, and which of them a chat message can touch.

/// Whether a variable is one value or many with names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    Scalar,
    Collection,
}

macro_rules! variables {
    ($($shape:ident $variant:ident $name:literal,)*) => {
        /// A variable rules may name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[repr(u8)]
        pub(crate) enum Variable { $($variant,)* }

        impl Variable {
            const ALL: &'static [(Variable, &'static str, Shape)] = &[$((Variable::$variant, $name, Shape::$shape),)*];
        }
    };
}

variables! {
    Collection Args "ARGS",
    Collection ArgsGet "ARGS_GET",
    Collection ArgsPost "ARGS_POST",
    Collection ArgsNames "ARGS_NAMES",
    Collection ArgsGetNames "ARGS_GET_NAMES",
    Collection ArgsPostNames "ARGS_POST_NAMES",
    Collection RequestHeaders "REQUEST_HEADERS",
    Collection RequestHeadersNames "REQUEST_HEADERS_NAMES",
    Collection RequestCookies "REQUEST_COOKIES",
    Collection RequestCookiesNames "REQUEST_COOKIES_NAMES",
    Collection Files "FILES",
    Collection FilesNames "FILES_NAMES",
    Collection FilesSizes "FILES_SIZES",
    Collection MultipartPartHeaders "MULTIPART_PART_HEADERS",
    Collection ResponseHeaders "RESPONSE_HEADERS",
    Collection ResponseHeadersNames "RESPONSE_HEADERS_NAMES",
    Collection Xml "XML",
    Collection Tx "TX",
    Collection Ip "IP",
    Collection Session "SESSION",
    Collection User "USER",
    Collection Global "GLOBAL",
    Collection Resource "RESOURCE",
    Collection Env "ENV",
    Collection Rule "RULE",
    Collection MatchedVars "MATCHED_VARS",
    Collection MatchedVarsNames "MATCHED_VARS_NAMES",
    Scalar MatchedVar "MATCHED_VAR",
    Scalar MatchedVarName "MATCHED_VAR_NAME",
    Scalar ArgsCombinedSize "ARGS_COMBINED_SIZE",
    Scalar FilesCombinedSize "FILES_COMBINED_SIZE",
    Scalar HighestSeverity "HIGHEST_SEVERITY",
    Scalar RequestUri "REQUEST_URI",
    Scalar RequestUriRaw "REQUEST_URI_RAW",
    Scalar RequestFilename "REQUEST_FILENAME",
    Scalar RequestBasename "REQUEST_BASENAME",
    Scalar RequestMethod "REQUEST_METHOD",
    Scalar RequestProtocol "REQUEST_PROTOCOL",
    Scalar RequestLine "REQUEST_LINE",
    Scalar RequestBody "REQUEST_BODY",
    Scalar RequestBodyLength "REQUEST_BODY_LENGTH",
    Scalar QueryString "QUERY_STRING",
    Scalar PathInfo "PATH_INFO",
    Scalar RemoteAddr "REMOTE_ADDR",
    Scalar RemoteHost "REMOTE_HOST",
    Scalar RemotePort "REMOTE_PORT",
    Scalar ServerAddr "SERVER_ADDR",
    Scalar ServerName "SERVER_NAME",
    Scalar ServerPort "SERVER_PORT",
    Scalar UniqueId "UNIQUE_ID",
    Scalar AuthType "AUTH_TYPE",
    Scalar ReqbodyProcessor "REQBODY_PROCESSOR",
    Scalar ReqbodyError "REQBODY_ERROR",
    Scalar ReqbodyErrorMsg "REQBODY_ERROR_MSG",
    Scalar ReqbodyProcessorError "REQBODY_PROCESSOR_ERROR",
    Scalar ReqbodyProcessorErrorMsg "REQBODY_PROCESSOR_ERROR_MSG",
    Scalar UrlencodedError "URLENCODED_ERROR",
    Scalar InboundDataError "INBOUND_DATA_ERROR",
    Scalar OutboundDataError "OUTBOUND_DATA_ERROR",
    Scalar InspectionError "INSPECTION_ERROR",
    Scalar InspectionErrorMsg "INSPECTION_ERROR_MSG",
    Scalar MultipartFilename "MULTIPART_FILENAME",
    Scalar MultipartName "MULTIPART_NAME",
    Scalar MultipartStrictError "MULTIPART_STRICT_ERROR",
    Scalar MultipartUnmatchedBoundary "MULTIPART_UNMATCHED_BOUNDARY",
    Scalar MultipartBoundaryQuoted "MULTIPART_BOUNDARY_QUOTED",
    Scalar MultipartBoundaryWhitespace "MULTIPART_BOUNDARY_WHITESPACE",
    Scalar MultipartDataBefore "MULTIPART_DATA_BEFORE",
    Scalar MultipartDataAfter "MULTIPART_DATA_AFTER",
    Scalar MultipartHeaderFolding "MULTIPART_HEADER_FOLDING",
    Scalar MultipartLfLine "MULTIPART_LF_LINE",
    Scalar MultipartCrlfLfLines "MULTIPART_CRLF_LF_LINES",
    Scalar MultipartMissingSemicolon "MULTIPART_MISSING_SEMICOLON",
    Scalar MultipartInvalidQuoting "MULTIPART_INVALID_QUOTING",
    Scalar MultipartInvalidPart "MULTIPART_INVALID_PART",
    Scalar MultipartInvalidHeaderFolding "MULTIPART_INVALID_HEADER_FOLDING",
    Scalar MultipartFileLimitExceeded "MULTIPART_FILE_LIMIT_EXCEEDED",
    Scalar ResponseStatus "RESPONSE_STATUS",
    Scalar ResponseProtocol "RESPONSE_PROTOCOL",
    Scalar ResponseBody "RESPONSE_BODY",
    Scalar ResponseContentType "RESPONSE_CONTENT_TYPE",
    Scalar ResponseContentLength "RESPONSE_CONTENT_LENGTH",
    Scalar SessionId "SESSIONID",
    Scalar UserId "USERID",
    Scalar Message "MESSAGE",
}

/// How many there are: the size of the scalar table.
pub(crate) const VARIABLE_COUNT: usize = Variable::ALL.len();

impl Variable {
    /// By name, in any case.
    pub(crate) fn parse(name: &str) -> Option<Variable> {
        Self::ALL.iter().find(|(_, n, _)| n.eq_ignore_ascii_case(name)).map(|(v, _, _)| *v)
    }

    /// The name, in upper case.
    pub(crate) fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    pub(crate) fn shape(self) -> Shape {
        Self::ALL[self as usize].2
    }

    /// What to say to someone who wrote `wrong`.
    pub(crate) fn expected(wrong: &str) -> String {
        let upper = wrong.to_ascii_uppercase();
        let nearest = Self::ALL.iter().map(|(_, name, _)| *name).min_by_key(|name| distance(&upper, name));
        match nearest {
            Some(name) if distance(&upper, name) <= 3 => format!("a variable, such as {name}"),
            _ => "a variable, such as ARGS or REQUEST_HEADERS".to_owned(),
        }
    }

    /// Known from the head of a request, and not changed by its body.
    pub(crate) fn is_from_head(self) -> bool {
        use Variable as V;
        matches!(
            self,
            V::ArgsGet
                | V::ArgsGetNames
                | V::RequestHeaders
                | V::RequestHeadersNames
                | V::RequestCookies
                | V::RequestCookiesNames
                | V::RequestUri
                | V::RequestUriRaw
                | V::RequestFilename
                | V::RequestBasename
                | V::RequestMethod
                | V::RequestProtocol
                | V::RequestLine
                | V::QueryString
                | V::RemoteAddr
                | V::Message
        )
    }

    /// Rules may set these while they run, so what they hold is never assumed from before.
    pub(crate) fn is_written_by_rules(self) -> bool {
        use Variable as V;
        matches!(
            self,
            V::Tx
                | V::Ip
                | V::Session
                | V::User
                | V::Global
                | V::Resource
                | V::Env
                | V::Rule
                | V::MatchedVar
                | V::MatchedVarName
                | V::MatchedVars
                | V::MatchedVarsNames
                | V::HighestSeverity
                | V::SessionId
                | V::UserId
                | V::InspectionError
                | V::InspectionErrorMsg
        )
    }

    /// The collections `setvar` may write.
    pub(crate) fn is_settable(self) -> bool {
        use Variable as V;
        matches!(self, V::Tx | V::Ip | V::Session | V::User | V::Global | V::Resource | V::Env)
    }

    /// What is known when a response is judged without its request: what rules of this transaction keep, and the method, path and
    /// id of the request. Not a count of clients or an error of the request's body, which only its own transaction knows.
    pub(crate) fn exists_before_a_response(self) -> bool {
        use Variable as V;
        matches!(
            self,
            V::Tx
                | V::Env
                | V::Rule
                | V::MatchedVar
                | V::MatchedVarName
                | V::MatchedVars
                | V::MatchedVarsNames
                | V::UniqueId
                | V::RequestMethod
                | V::RequestFilename
                | V::RequestBasename
                | V::RequestUri
                | V::RequestUriRaw
        )
    }

    /// Of a response.
    pub(crate) fn is_from_response(self) -> bool {
        use Variable as V;
        matches!(
            self,
            V::ResponseStatus
                | V::ResponseProtocol
                | V::ResponseHeaders
                | V::ResponseHeadersNames
                | V::ResponseContentType
                | V::ResponseContentLength
                | V::ResponseBody
                | V::OutboundDataError
        )
    }

    /// What a chat message may be judged by: its own text and what rules keep, never a variable of an HTTP request.
    pub(crate) fn exists_for_a_message(self) -> bool {
        use Variable as V;
        matches!(self, V::Message | V::UniqueId) || self.is_written_by_rules()
    }
}

/// Levenshtein, for short names.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let next = (diagonal + usize::from(x != y)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_finds_its_variable_in_any_case() {
        for (variable, name, _) in Variable::ALL {
            assert_eq!(Variable::parse(&name.to_ascii_lowercase()), Some(*variable));
            assert_eq!(variable.name(), *name);
        }
    }

    #[test]
    fn a_misspelt_name_gets_the_nearest_one_suggested() {
        assert!(Variable::expected("REQUEST_HEADER").contains("REQUEST_HEADERS"));
        assert!(Variable::expected("nonsense_of_its_own").contains("such as ARGS"));
    }
}
