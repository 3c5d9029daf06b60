//! Cookies: how one is found in what a browser sends, and how the line is written that sets one.

use axum::http::{HeaderMap, header};

/// The value of the first cookie of this name.
pub fn find<'h>(headers: &'h HeaderMap, name: &'static str) -> Option<&'h str> {
    all(headers, name).next()
}

/// The values of all cookies of this name: a browser that has some for several paths sends them all.
pub fn all<'h>(headers: &'h HeaderMap, name: &'static str) -> impl Iterator<Item = &'h str> {
    let lines = headers.get_all(header::COOKIE).iter().filter_map(|v| v.to_str().ok());
    let pairs = lines
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='));
    pairs.filter(move |(known, _)| *known == name).map(|(_, value)| value)
}

/// Which pages of other sites make a browser send a cookie along.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SameSite {
    /// Links, but no forms.
    Lax,
    /// None.
    Strict,
}

/// What browsers are told of a cookie beside its value. No script reads any of ours.
#[derive(Clone, Copy, Debug)]
pub struct Cookie<'c> {
    /// Its name.
    pub name: &'static str,
    /// The paths that get it, as browsers see them.
    pub path: &'c str,
    /// What other sites may do with it.
    pub same_site: SameSite,
    /// Whether it goes over https only.
    pub is_secure: bool,
}

impl Cookie<'_> {
    /// The line that sets it for so many seconds; none: it is forgotten.
    pub fn line(&self, value: &str, seconds: i64) -> String {
        let Self { name, path, .. } = self;
        let same_site = match self.same_site {
            SameSite::Lax => "Lax",
            SameSite::Strict => "Strict",
        };
        let secure = if self.is_secure { "; Secure" } else { "" };
        format!("{name}={value}; Path={path}; HttpOnly; SameSite={same_site}; Max-Age={seconds}{secure}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(header::COOKIE, "ab=0; a=1".parse().expect("a cookie"));
        headers.append(header::COOKIE, "a=2=3;b=4".parse().expect("a cookie"));
        assert_eq!(all(&headers, "a").collect::<Vec<_>>(), ["1", "2=3"]);
        assert_eq!(find(&headers, "b"), Some("4"));
        assert_eq!(find(&headers, "c"), None);
    }

    #[test]
    fn a_line_says_what_browsers_need() {
        let cookie = Cookie {
            name: "a",
            path: "/x",
            same_site: SameSite::Strict,
            is_secure: true,
        };
        let wanted = "a=1; Path=/x; HttpOnly; SameSite=Strict; Max-Age=60; Secure";
        assert_eq!(cookie.line("1", 60), wanted);
    }
}
