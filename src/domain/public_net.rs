//! Which addresses are of the public internet, and which of a private, local or reserved net.

use std::net::IpAddr;

/// Whether an address is a public one: what somebody outside names is posted to there only.
///
/// Sources: the IANA registries of special-purpose addresses (RFC 6890), 2000::/3 as what is given out of IPv6.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || shared || a == 0 || a >= 224)
        }
        IpAddr::V6(v6) => v6.to_ipv4().is_none() && v6.segments()[0] & 0xe000 == 0x2000,
    }
}
