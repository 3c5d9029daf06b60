//! Which form of an answer a caller takes: there is one, JSON of FHIR 4.0. Who takes none of it is told so, and not sent it all
//! the same.

use axum::{
    extract::Request,
    http::{HeaderMap, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::interfaces::http::problem::{Kind, Problem};

/// Refuses a caller who takes no JSON of FHIR 4.0.
pub async fn refuse_others(request: Request, next: Next) -> Response {
    if takes(request.headers(), request.uri()) {
        return next.run(request).await;
    }
    let detail = "Resources are application/fhir+json of FHIR 4.0; the header Accept takes none of it.";
    Problem::new(Kind::NotAcceptable, detail).into_response()
}

/// Whether a caller takes it. `_format` goes before the header.
fn takes(headers: &HeaderMap, uri: &Uri) -> bool {
    let parameters = uri.query().unwrap_or_default().split('&');
    let asks_by_parameter = || parameters.clone().any(|pair| pair.starts_with("_format="));
    let said = headers.get_all(header::ACCEPT);
    let said: Vec<&str> = said.iter().filter_map(|value| value.to_str().ok()).collect();
    let mut ranges = said.iter().flat_map(|value| value.split(',')).map(str::trim);
    said.iter().all(|value| value.trim().is_empty()) || asks_by_parameter() || ranges.any(is_it)
}

/// Whether a range of the header Accept has it.
fn is_it(range: &str) -> bool {
    let mut parts = range.split(';').map(str::trim);
    let media = parts.next().unwrap_or_default().to_ascii_lowercase();
    let json = [
        "*/*",
        "application/*",
        "application/json",
        "application/fhir+json",
        "text/json",
    ];
    let refused = |part: &str| {
        let (name, value) = part.split_once('=').unwrap_or((part, ""));
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "q" => value.parse().is_ok_and(|weight: f32| weight <= 0.0),
            "fhirversion" => !matches!(value, "4.0" | "4.0.1"),
            _ => false,
        }
    };
    json.contains(&media.as_str()) && !parts.any(refused)
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_caller_gets_what_it_takes_or_is_told() {
        let asked = |accept: &'static str, query: &'static str| {
            let headers = HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
            takes(&headers, &Uri::from_static(query))
        };
        let nothing_said = takes(&HeaderMap::new(), &Uri::from_static("/fhir/Slot"));
        assert!(nothing_said && asked("", "/fhir/Slot"));
        for taken in [
            "application/fhir+json",
            "application/fhir+json; fhirVersion=4.0",
            "application/fhir+xml, application/json;q=0.5",
            "text/html,application/xhtml+xml,*/*;q=0.8",
        ] {
            assert!(asked(taken, "/fhir/Slot"), "{taken}");
        }
        for other in [
            "application/fhir+xml",
            "text/html",
            "application/fhir+json; fhirVersion=5.0",
            "application/fhir+json;q=0",
        ] {
            assert!(!asked(other, "/fhir/Slot?status=free"), "{other}");
            assert!(asked(other, "/fhir/Slot?status=free&_format=json"), "{other}");
        }
    }
}
