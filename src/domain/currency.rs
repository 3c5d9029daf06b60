//! The currencies that money of a case can be in.

use crate::vocab::Fault;

/// The codes of ISO 4217 by which somebody pays, in their order; funds, metals and codes for tests are not among them.
const CODES: [&str; 155] = [
    "AED", "AFN", "ALL", "AMD", "AOA", "ARS", "AUD", "AWG", "AZN", "BAM", "BBD", "BDT", "BHD", "BIF", "BMD", "BND",
    "BOB", "BRL", "BSD", "BTN", "BWP", "BYN", "BZD", "CAD", "CDF", "CHF", "CLP", "CNY", "COP", "CRC", "CUP", "CVE",
    "CZK", "DJF", "DKK", "DOP", "DZD", "EGP", "ERN", "ETB", "EUR", "FJD", "FKP", "GBP", "GEL", "GHS", "GIP", "GMD",
    "GNF", "GTQ", "GYD", "HKD", "HNL", "HTG", "HUF", "IDR", "ILS", "INR", "IQD", "IRR", "ISK", "JMD", "JOD", "JPY",
    "KES", "KGS", "KHR", "KMF", "KPW", "KRW", "KWD", "KYD", "KZT", "LAK", "LBP", "LKR", "LRD", "LSL", "LYD", "MAD",
    "MDL", "MGA", "MKD", "MMK", "MNT", "MOP", "MRU", "MUR", "MVR", "MWK", "MXN", "MYR", "MZN", "NAD", "NGN", "NIO",
    "NOK", "NPR", "NZD", "OMR", "PAB", "PEN", "PGK", "PHP", "PKR", "PLN", "PYG", "QAR", "RON", "RSD", "RUB", "RWF",
    "SAR", "SBD", "SCR", "SDG", "SEK", "SGD", "SHP", "SLE", "SOS", "SRD", "SSP", "STN", "SVC", "SYP", "SZL", "THB",
    "TJS", "TMT", "TND", "TOP", "TRY", "TTD", "TWD", "TZS", "UAH", "UGX", "USD", "UYU", "UZS", "VED", "VES", "VND",
    "VUV", "WST", "XAF", "XCD", "XCG", "XOF", "XPF", "YER", "ZAR", "ZMW", "ZWG",
];

/// Whether a code is one of a currency.
///
/// # Errors
/// The fault names the field `currency`.
pub fn check(code: &str) -> Result<(), Fault> {
    if code.len() != 3 || !code.bytes().all(|b| b.is_ascii_uppercase()) {
        return Err(Fault::new("currency", "format", "three upper-case letters (ISO 4217)"));
    }
    match CODES.binary_search(&code) {
        Ok(_) => Ok(()),
        Err(_) => Err(Fault::new(
            "currency",
            "unknown_currency",
            "no currency has this code (ISO 4217)",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_currency_is_one_that_there_is() {
        assert!(CODES.is_sorted());
        for good in ["AED", "USD", "EUR", "MXN", "ZWG"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        for (bad, code) in [
            ("usd", "format"),
            ("US", "format"),
            ("", "format"),
            ("ÜSD", "format"),
            ("AAA", "unknown_currency"),
            ("XXX", "unknown_currency"),
        ] {
            assert_eq!(check(bad).map_err(|fault| fault.code), Err(code), "{bad}");
        }
    }
}
