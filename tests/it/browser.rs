//! A browser as the server sees it: pages that it asks for, forms that it sends, cookies that it keeps.

use axum::{body::Body, http::Request};

use crate::http_site::Answer;

/// A browser's request; what it sends is a form.
pub fn browser(method: &str, path: &str, host: &str, cookie: Option<&str>, form: &str) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", host)
        .header("accept", "text/html");
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(Body::from(form.to_owned())).expect("a request")
}

/// The cookies that an answer sets, with all that is said about them.
pub fn cookies(answer: &Answer) -> Vec<String> {
    let set = answer.headers.get_all("set-cookie").iter();
    set.map(|line| line.to_str().expect("text").to_owned()).collect()
}

/// A cookie as a browser sends it back.
pub fn sent_back(set: &str) -> String {
    set.split(';').next().expect("a cookie").to_owned()
}

/// The word of the first form on a page.
pub fn form_word(page: &str) -> String {
    let from = page
        .find("name=\"word\" value=\"")
        .unwrap_or_else(|| panic!("no form in {page}"))
        + 19;
    page[from..].split('"').next().expect("a word").to_owned()
}
