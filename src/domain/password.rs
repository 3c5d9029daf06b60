//! Passwords of built-in accounts: what makes one good enough, and Argon2id over it. Slow on purpose: not for an async thread.

use std::borrow::Cow;

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfkc_quick};

use crate::vocab::Fault;

/// Characters that a password has at least (NIST SP 800-63B asks for 8, and for 15 where it stands alone).
pub const SHORTEST: usize = 12;
/// Bytes that it has at most.
pub const LONGEST: usize = 128;

/// What guessers try first.
const OURS: [&str; 4] = ["provdir", "provider", "directory", "healthcare"];

/// Whether a password will do for an account: long enough, and nothing that guessers try early. How early is estimated by
/// `zxcvbn`: common passwords and names, dates, rows of keys, repetitions, and what belongs to the account.
///
/// # Errors
/// What is wrong with it. The password itself is not repeated.
pub fn check(password: &str, email: &str) -> Result<(), Fault> {
    let refused = |code, message: &str| Err(Fault::new("password", code, message));
    let password = normal(password);
    if password.chars().count() < SHORTEST {
        return refused(
            "too_short",
            "at least 12 characters; several words are easy to keep in mind",
        );
    }
    if password.len() > LONGEST {
        return refused("too_long", "at most 128 bytes");
    }
    let account = email.split('@').next().unwrap_or_default().to_lowercase();
    if account.len() >= 4 && password.to_lowercase().contains(&account) {
        return refused("guessable", "without the name of the account in it");
    }
    let about: Vec<&str> = email
        .split(|c: char| !c.is_alphanumeric())
        .chain(OURS)
        .filter(|word| word.len() >= 4)
        .collect();
    if zxcvbn::zxcvbn(&password, &about).score() < zxcvbn::Score::Three {
        return refused(
            "guessable",
            "it is among the first that would be tried: no single common word, name, date or row of keys",
        );
    }
    Ok(())
}

/// One writing of what looks the same, however a keyboard composes it (RFC 8265, NIST SP 800-63B).
fn normal(password: &str) -> Cow<'_, str> {
    match is_nfkc_quick(password.chars()) {
        IsNormalized::Yes => Cow::Borrowed(password),
        _ => Cow::Owned(password.nfkc().collect()),
    }
}

/// What is kept instead of a password. `salt` is random bytes.
pub fn hash(password: &str, salt: [u8; 16]) -> String {
    let salt = SaltString::encode_b64(&salt).expect("16 bytes are a salt");
    let hashed = Argon2::default().hash_password(normal(password).as_bytes(), &salt);
    hashed.expect("the default parameters fit each other").to_string()
}

/// The hash of no password.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Whether a password is the one that was hashed. Without a hash it takes as long, and is not: who asks can't tell whether there
/// is such an account.
pub fn is_right(password: &str, kept: Option<&str>) -> bool {
    let Ok(parsed) = PasswordHash::new(kept.unwrap_or(NOBODYS)) else {
        return false;
    };
    let is_it = |password: &str| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok();
    let written = normal(password);
    // What was kept before passwords were brought into one writing is that of the bytes as they came.
    let right = is_it(&written) || (written != password && is_it(password));
    right && kept.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused_by_what_is_weak() {
        let code = |password: &str| check(password, "jane.doe@example.org").map_err(|fault| fault.code);
        assert_eq!(code("short"), Err("too_short"));
        assert_eq!(code(&"x9".repeat(100)), Err("too_long"));
        assert_eq!(code("Jane.Doe-2026!"), Err("guessable"));
        for common in [
            "aaaaaaaabbbb",
            "123456789012",
            "passwordpassword",
            "qwertyuiop12",
            "Password2026!",
            "abcdefghijkl",
            "provdirprovdir",
        ] {
            assert_eq!(code(common), Err("guessable"), "{common}");
        }
        assert_eq!(code("four words on paper"), Ok(()));
    }

    #[test]
    fn a_password_is_right_however_a_keyboard_composes_it() {
        let (one, two) = ("caf\u{e9} au lait et miel", "cafe\u{301} au lait et miel");
        let kept = hash(one, [7; 16]);
        assert!(is_right(two, Some(&kept)) && is_right(one, Some(&kept)));
        let salt = SaltString::encode_b64(&[7; 16]).expect("a salt");
        let before = Argon2::default().hash_password(two.as_bytes(), &salt).expect("a hash");
        assert!(is_right(two, Some(&before.to_string())), "as it was kept before");
    }

    #[test]
    fn a_hash_knows_its_password_and_tells_nothing() {
        let kept = hash("four words on paper", [7; 16]);
        assert!(kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$") && !kept.contains("four"));
        assert!(is_right("four words on paper", Some(&kept)));
        assert!(!is_right("four words on papers", Some(&kept)));
        assert!(PasswordHash::new(NOBODYS).is_ok());
        assert!(!is_right("four words on paper", None));
        assert_ne!(kept, hash("four words on paper", [8; 16]));
    }
}
