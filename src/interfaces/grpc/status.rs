//! Problems as gRPC statuses; the fields that are wrong go along as `google.rpc.BadRequest`, which clients know how to read.

use prost::Message;
use tonic::{Code, Status};

use super::proto::CheckError;
use crate::interfaces::http::problem::{Kind, Problem};

/// `google.rpc.Status`: what `grpc-status-details-bin` holds.
#[derive(Clone, PartialEq, Message)]
struct RichStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
    #[prost(message, repeated, tag = "3")]
    details: Vec<Any>,
}

/// `google.protobuf.Any`.
#[derive(Clone, PartialEq, Message)]
struct Any {
    #[prost(string, tag = "1")]
    type_url: String,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

/// `google.rpc.BadRequest`.
#[derive(Clone, PartialEq, Message)]
struct BadRequest {
    #[prost(message, repeated, tag = "1")]
    field_violations: Vec<FieldViolation>,
}

/// `google.rpc.BadRequest.FieldViolation`.
#[derive(Clone, PartialEq, Message)]
struct FieldViolation {
    #[prost(string, tag = "1")]
    field: String,
    #[prost(string, tag = "2")]
    description: String,
    #[prost(string, tag = "3")]
    reason: String,
}

/// What the whole call is answered with.
pub fn of(problem: &Problem) -> Status {
    let code = code(problem.kind());
    let errors = problem.errors();
    if errors.is_empty() {
        return Status::new(code, problem.detail());
    }
    let violation = |fault: &crate::vocab::Fault| FieldViolation {
        field: field(&fault.field).to_owned(),
        description: fault.message.clone(),
        reason: fault.code.to_owned(),
    };
    let request = BadRequest {
        field_violations: errors.iter().map(violation).collect(),
    };
    let detail = Any {
        type_url: "type.googleapis.com/google.rpc.BadRequest".to_owned(),
        value: request.encode_to_vec(),
    };
    let message = message(problem);
    let rich = RichStatus {
        code: code.into(),
        message: message.clone(),
        details: vec![detail],
    };
    Status::with_details(code, message, rich.encode_to_vec().into())
}

/// What one check of a batch is answered with.
pub fn of_check(problem: &Problem) -> CheckError {
    CheckError {
        code: code(problem.kind()).into(),
        message: message(problem),
        field: problem
            .errors()
            .first()
            .map(|fault| field(&fault.field).to_owned())
            .unwrap_or_default(),
    }
}

fn message(problem: &Problem) -> String {
    let told = problem.errors().iter();
    let told = told.map(|fault| format!("{}: {}", field(&fault.field), fault.message));
    let told = told.collect::<Vec<_>>().join("; ");
    if told.is_empty() {
        problem.detail().to_owned()
    } else {
        told
    }
}

/// The field as the protocol calls it.
fn field(name: &str) -> &str {
    match name {
        "plan" => "plan_id",
        "network" => "network_id",
        "date" => "service_date",
        same => same,
    }
}

fn code(kind: Kind) -> Code {
    match kind {
        Kind::Malformed | Kind::InvalidParameter | Kind::UnknownParameter | Kind::TooLarge => Code::InvalidArgument,
        Kind::NotSignedIn => Code::Unauthenticated,
        Kind::NotAllowed => Code::PermissionDenied,
        Kind::NotFound => Code::NotFound,
        Kind::TimedOut => Code::DeadlineExceeded,
        Kind::RuleRefused | Kind::Conflict => Code::FailedPrecondition,
        Kind::TooManyRequests => Code::ResourceExhausted,
        Kind::Unavailable | Kind::PositionNotReached => Code::Unavailable,
        _ => Code::Internal,
    }
}
