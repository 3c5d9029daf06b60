//! What is said once after a form has been sent: that it was done, or a token that is shown this once.
//!
//! It travels in a cookie of the browser that sent the form, from the answer to the page that it leads to, which takes it away. So
//! nothing is kept here, loading the page anew says and does nothing once more, and no address holds a secret.

use axum::{
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Redirect, Response},
};
use maud::{Markup, html};

use crate::interfaces::http::{
    cookies::{self, Cookie, SameSite},
    links::Links,
};

/// The cookie with the word of what was done.
const DONE: &str = "provdir_done";
/// The cookie with a token.
const TOKEN: &str = "provdir_token";
/// Seconds until a browser forgets either of them.
const LASTS: i64 = 60;

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Done {
    /// Something stands otherwise now.
    Changed,
    /// A provider is worked with.
    Added,
    /// Somebody was written down who may come in.
    Invited,
    /// A note, sheet, list or amount was written.
    Written,
    /// A contact or paper is kept.
    Kept,
    /// A contact was removed.
    Forgotten,
    /// A token is dead.
    Revoked,
    /// A case was opened.
    Opened,
    /// A provider works on a case.
    Assigned,
    /// A provider works on a case no more.
    Ended,
    /// Something was shared.
    Shared,
    /// A share was taken back.
    TakenBack,
    /// An item was taken back from everybody.
    Withdrawn,
    /// The agency works with a provider no more.
    Stopped,
    /// Somebody can't come in any more.
    Deactivated,
    /// A request was approved or rejected.
    Decided,
}

impl Done {
    const ALL: [Self; 16] = [
        Self::Changed,
        Self::Added,
        Self::Invited,
        Self::Written,
        Self::Kept,
        Self::Forgotten,
        Self::Revoked,
        Self::Opened,
        Self::Assigned,
        Self::Ended,
        Self::Shared,
        Self::TakenBack,
        Self::Withdrawn,
        Self::Stopped,
        Self::Deactivated,
        Self::Decided,
    ];

    fn word(self) -> &'static str {
        match self {
            Self::Changed => "changed",
            Self::Added => "added",
            Self::Invited => "invited",
            Self::Written => "written",
            Self::Kept => "kept",
            Self::Forgotten => "forgotten",
            Self::Revoked => "revoked",
            Self::Opened => "opened",
            Self::Assigned => "assigned",
            Self::Ended => "ended",
            Self::Shared => "shared",
            Self::TakenBack => "taken_back",
            Self::Withdrawn => "withdrawn",
            Self::Stopped => "stopped",
            Self::Deactivated => "deactivated",
            Self::Decided => "decided",
        }
    }

    fn says(self) -> &'static str {
        match self {
            Self::Changed => "Changed.",
            Self::Added => "The provider is in your network now.",
            Self::Invited => "Written down. No message is sent: issue a token, and send it to them in a safe way.",
            Self::Written => "Written down.",
            Self::Kept => "Kept.",
            Self::Forgotten => "The contact is forgotten.",
            Self::Revoked => "The token is revoked: nobody comes in by it any more.",
            Self::Opened => "The case is open.",
            Self::Assigned => "Assigned. What they see is what you share with them.",
            Self::Ended => "The assignment has ended: they see nothing of the case any more.",
            Self::Shared => "Shared.",
            Self::TakenBack => "Taken back.",
            Self::Withdrawn => "Withdrawn: nobody outside sees it any more.",
            Self::Stopped => "You do not work together any more: its people see nothing.",
            Self::Decided => "The decision is made.",
            Self::Deactivated => "Deactivated: they can't come in any more.",
        }
    }

    /// What a browser brings along.
    pub fn of(headers: &HeaderMap) -> Option<Self> {
        let word = cookies::find(headers, DONE)?;
        Self::ALL.into_iter().find(|done| done.word() == word)
    }

    /// The sentence, to be read out.
    pub fn told(self) -> Markup {
        html! { p .done role="status" { (self.says()) } }
    }
}

/// On to a page, which says what was done.
pub fn lead(links: &Links, to: &str, done: Done) -> Response {
    let mut answer = Redirect::to(&links.path(to)).into_response();
    set(&mut answer, &cookie(links, DONE, done.word(), LASTS));
    answer
}

/// On to the page that shows a token this once.
pub fn lead_to_token(links: &Links, to: &str, token: &str) -> Response {
    let mut answer = Redirect::to(&links.path(to)).into_response();
    set(&mut answer, &cookie(links, TOKEN, token, LASTS));
    answer
}

/// The token that a browser brings along.
pub fn token(headers: &HeaderMap) -> Option<String> {
    let token = cookies::find(headers, TOKEN)?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
    (token.starts_with("pvp_") && token.bytes().all(plain)).then(|| token.to_owned())
}

/// Makes the browser forget what has been said.
pub fn forget(links: &Links, headers: &HeaderMap, answer: &mut Response) {
    for name in [DONE, TOKEN] {
        if cookies::find(headers, name).is_some() {
            set(answer, &cookie(links, name, "", 0));
        }
    }
}

fn set(answer: &mut Response, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        answer.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

fn cookie(links: &Links, name: &'static str, value: &str, seconds: i64) -> String {
    let cookie = Cookie {
        name,
        path: &links.path("/admin"),
        same_site: SameSite::Strict,
        is_secure: links.is_https(),
    };
    cookie.line(value, seconds)
}

/// What a click can't take back is asked once more: a box that opens, with what will be and the button.
pub fn ask_first(does: &Markup, says: &str, form: &Markup) -> Markup {
    html! { details .ask { summary { (does) } div .box { p { (says) } (form) } } }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_brought_is_one_of_ours() {
        let headers = |cookie: &str| HeaderMap::from_iter([(header::COOKIE, cookie.parse().expect("a cookie"))]);
        assert_eq!(Done::of(&headers("a=b; provdir_done=withdrawn")), Some(Done::Withdrawn));
        assert_eq!(Done::of(&headers("provdir_done=<b>")), None);
        assert_eq!(token(&headers("provdir_token=pvp_ab_12")).as_deref(), Some("pvp_ab_12"));
        for odd in ["provdir_token=<b>", "provdir_token=pvp_<", "x=pvp_1"] {
            assert_eq!(token(&headers(odd)), None, "{odd}");
        }
        assert!(Done::ALL.iter().all(|done| done.says().ends_with('.')));
    }
}
