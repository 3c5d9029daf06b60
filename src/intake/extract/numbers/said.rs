//! What the words before a number say that it is.

/// What the words before a number say that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Nothing.
    Nothing,
    /// An NPI.
    Npi,
    /// A telephone number.
    Phone,
    /// A telefax number.
    Fax,
    /// A DEA registration.
    Dea,
    /// A licence.
    License,
    /// Some other number, which is nobody's business.
    Other,
}

/// What a label says, by its last word that says something.
pub fn says(label: &str) -> Says {
    let folded = crate::vocab::names::words(label);
    let marked = label.trim_end().ends_with([':', '.', '=']);
    for word in folded.iter().rev() {
        if word.len() == 1 && !marked {
            continue; // An initial.
        }
        let says = match word.as_str() {
            "npi" | "npis" | "npl" => Says::Npi,
            "phone" | "tel" | "telephone" | "ph" | "call" | "mobile" | "cell" | "office" | "voice" | "telefono"
            | "p" | "t" | "o" | "c" => Says::Phone,
            "fax" | "f" | "facsimile" => Says::Fax,
            "dea" => Says::Dea,
            "license" | "licence" | "lic" => Says::License,
            "tin" | "ein" | "ssn" | "mrn" | "account" | "acct" | "policy" | "claim" | "clm" | "ptan" | "caqh"
            | "medicaid" | "medicare" | "upin" | "case" | "docket" | "invoice" | "member" | "subscriber" | "chart"
            | "enrollee" | "beneficiary" | "taxid" | "tax" | "auth" | "authorization" | "order" | "ticket"
            | "confirmation" | "record" | "tracking" => Says::Other,
            _ => continue,
        };
        return says;
    }
    Says::Nothing
}

/// Words of a label for an organisation's number beside those that say so.
pub const OF_LABELS: &[&str] = &[
    "npi", "npis", "number", "no", "num", "id", "type", "s", "is", "provider", "the", "our", "for", "and", "or",
];

pub fn is_unit(word: &str) -> bool {
    let units = [
        "group",
        "organization",
        "organizational",
        "facility",
        "billing",
        "practice",
        "clinic",
        "hospital",
    ];
    units.contains(&word)
}
