//! Passwords of built-in accounts: what makes one good enough, and Argon2id over it. Slow on purpose: not for an async thread.

use argon2::{
    Argon2,
    password_hash::{PasswordHash, PasswordHasher, PasswordVerifier, SaltString},
};

use crate::vocab::Fault;

/// Characters that a password has at least (NIST SP 800-63B asks for 8, and for 15 where it stands alone).
pub const SHORTEST: usize = 12;
/// Bytes that it has at most.
pub const LONGEST: usize = 128;

/// Whether a password will do for an account.
///
/// # Errors
/// What is wrong with it. The password itself is not repeated.
pub fn check(password: &str, email: &str) -> Result<(), Fault> {
    let refused = |code, message: &str| Err(Fault::new("password", code, message));
    if password.chars().count() < SHORTEST {
        return refused(
            "too_short",
            "at least 12 characters; several words are easy to keep in mind",
        );
    }
    if password.len() > LONGEST {
        return refused("too_long", "at most 128 bytes");
    }
    let lower = password.to_lowercase();
    let account = email.split('@').next().unwrap_or_default().to_lowercase();
    if account.len() >= 4 && lower.contains(&account) {
        return refused("guessable", "without the name of the account in it");
    }
    let mut letters: Vec<char> = lower.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < 5 {
        return refused("guessable", "at least five different characters");
    }
    Ok(())
}

/// What is kept instead of a password. `salt` is random bytes.
pub fn hash(password: &str, salt: [u8; 16]) -> String {
    let salt = SaltString::encode_b64(&salt).expect("16 bytes are a salt");
    let hashed = Argon2::default().hash_password(password.as_bytes(), &salt);
    hashed.expect("the default parameters fit each other").to_string()
}

/// The hash of no password.
const NOBODYS: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Whether a password is the one that was hashed. Without a hash it takes as long, and is not: who asks can't tell whether there
/// is such an account.
pub fn is_right(password: &str, kept: Option<&str>) -> bool {
    let parsed = PasswordHash::new(kept.unwrap_or(NOBODYS));
    let right = parsed.is_ok_and(|parsed| Argon2::default().verify_password(password.as_bytes(), &parsed).is_ok());
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
        assert_eq!(code("aaaaaaaabbbb"), Err("guessable"));
        assert_eq!(code("four words on paper"), Ok(()));
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
