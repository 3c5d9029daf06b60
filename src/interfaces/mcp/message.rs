//! What is wrong with a message before the protocol's library reads it, in the protocol's own errors: that library calls each of
//! them something else, and a client, or the model behind it, goes by the code.

use axum::http::StatusCode;
use serde_json::{Value, json};

/// No JSON.
const PARSE_ERROR: i32 = -32700;
/// JSON, and no message.
const INVALID_REQUEST: i32 = -32600;
/// A message whose parameters are of another shape.
const INVALID_PARAMS: i32 = -32602;

/// An error of the protocol.
#[derive(Debug, PartialEq)]
pub struct Wrong {
    /// Of the answer.
    pub status: StatusCode,
    code: i32,
    id: Value,
    message: String,
}

impl Wrong {
    /// The message that answers it.
    pub fn told(self) -> Value {
        json!({"jsonrpc": "2.0", "id": self.id, "error": {"code": self.code, "message": self.message}})
    }
}

/// What is wrong with the body of a request, as far as its shape goes.
pub fn wrong(body: &[u8]) -> Option<Wrong> {
    let of = |status, code, id: &Value, message: String| {
        Some(Wrong {
            status,
            code,
            id: id.clone(),
            message,
        })
    };
    let refused = |code, message: String| of(StatusCode::BAD_REQUEST, code, &Value::Null, message);
    let message: Value = match serde_json::from_slice(body) {
        Ok(message) => message,
        Err(error) => return refused(PARSE_ERROR, format!("the body is not JSON: {error}")),
    };
    if message.is_array() {
        let one = "one message a request: the protocol has no batches any more";
        return refused(INVALID_REQUEST, one.to_owned());
    }
    if message["jsonrpc"] != "2.0" {
        let version = "a message is an object with `\"jsonrpc\": \"2.0\"`";
        return refused(INVALID_REQUEST, version.to_owned());
    }
    let answers = message.get("result").is_some() || message.get("error").is_some();
    if !message["method"].is_string() && !answers {
        return refused(INVALID_REQUEST, "`method` is missing, or no text".to_owned());
    }
    if message
        .get("id")
        .is_some_and(|id| !(id.is_string() || id.is_i64() || id.is_u64()))
    {
        return refused(INVALID_REQUEST, "`id` must be a text or a whole number".to_owned());
    }
    if message["method"] == "initialize" && !message["params"].is_object() {
        let wrong = "`params` is needed: protocolVersion, capabilities and clientInfo";
        return of(StatusCode::OK, INVALID_PARAMS, &message["id"], wrong.to_owned());
    }
    if message["method"] != "tools/call" {
        return None;
    }
    let called = &message["params"];
    let wrong = match () {
        () if !called["name"].is_string() => "`params.name` is needed: which tool is called, see tools/list",
        () if !(called["arguments"].is_null() || called["arguments"].is_object()) => {
            "`params.arguments` must be an object: the tool's arguments by their names"
        }
        () => return None,
    };
    of(StatusCode::OK, INVALID_PARAMS, &message["id"], wrong.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_code_and_a_call_its_id() {
        let call =
            |params: &str| format!("{{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"tools/call\",\"params\":{params}}}");
        for (body, code, id) in [
            ("{bad".to_owned(), PARSE_ERROR, Value::Null),
            ("[]".to_owned(), INVALID_REQUEST, Value::Null),
            ("7".to_owned(), INVALID_REQUEST, Value::Null),
            (
                "{\"method\":\"ping\",\"id\":1}".to_owned(),
                INVALID_REQUEST,
                Value::Null,
            ),
            (
                "{\"jsonrpc\":\"2.0\",\"id\":1}".to_owned(),
                INVALID_REQUEST,
                Value::Null,
            ),
            (
                "{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}".to_owned(),
                INVALID_REQUEST,
                Value::Null,
            ),
            (
                "{\"jsonrpc\":\"2.0\",\"id\":null,\"method\":\"ping\"}".to_owned(),
                INVALID_REQUEST,
                Value::Null,
            ),
            (
                "{\"jsonrpc\":\"2.0\",\"id\":7,\"method\":\"initialize\"}".to_owned(),
                INVALID_PARAMS,
                json!(7),
            ),
            (call("{}"), INVALID_PARAMS, json!(7)),
            (call("[]"), INVALID_PARAMS, json!(7)),
            (
                call("{\"name\":\"get_provider\",\"arguments\":[]}"),
                INVALID_PARAMS,
                json!(7),
            ),
        ] {
            let told = wrong(body.as_bytes()).expect(&body).told();
            assert_eq!((&told["error"]["code"], &told["id"]), (&json!(code), &id), "{body}");
        }
        for fine in [
            call("{\"name\":\"x\",\"arguments\":{}}"),
            call("{\"name\":\"x\"}"),
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{}}".to_owned(),
        ] {
            assert_eq!(wrong(fine.as_bytes()), None, "{fine}");
        }
    }
}
