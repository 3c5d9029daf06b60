//! Lists packed into one borrowed slice, so that reading a record allocates nothing.

use serde::{Deserialize, Serialize};

use crate::vocab::terms::{Accepting, NetworkStatus};

/// Texts without line breaks, one behind the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Texts<'a>(#[serde(borrow)] &'a str);

impl<'a> Texts<'a> {
    /// Packs texts; line breaks inside become spaces.
    pub fn pack<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> String {
        let mut packed = String::new();
        for text in texts {
            if !packed.is_empty() {
                packed.push('\n');
            }
            packed.extend(text.as_ref().chars().map(|c| if c == '\n' { ' ' } else { c }));
        }
        packed
    }

    /// Reads what [`Self::pack`] made.
    pub fn unpack(packed: &'a str) -> Self {
        Self(packed)
    }

    /// The texts.
    pub fn iter(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.0.split('\n').filter(|text| !text.is_empty())
    }

    /// The first one.
    pub fn first(&self) -> Option<&'a str> {
        self.iter().next()
    }

    /// Whether one of them is this one.
    pub fn contains(&self, text: &str) -> bool {
        self.iter().any(|own| own == text)
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Ids of sixteen bytes, one behind the other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ids<'a>(#[serde(borrow)] &'a [u8]);

impl<'a> Ids<'a> {
    /// Packs ids.
    pub fn pack(ids: impl IntoIterator<Item = u128>) -> Vec<u8> {
        ids.into_iter().flat_map(u128::to_be_bytes).collect()
    }

    /// Reads what [`Self::pack`] made.
    pub fn unpack(packed: &'a [u8]) -> Self {
        Self(packed)
    }

    /// The ids.
    pub fn iter(&self) -> impl Iterator<Item = u128> + use<'a> {
        self.0.as_chunks::<16>().0.iter().map(|id| u128::from_be_bytes(*id))
    }

    /// Whether one of them is this one.
    pub fn contains(&self, id: &u128) -> bool {
        self.iter().any(|own| own == *id)
    }
}

/// Opening hours as (weekday 1-7, opens, closes) in minutes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Hours<'a>(#[serde(borrow)] &'a [u8]);

impl<'a> Hours<'a> {
    /// Packs hours.
    pub fn pack(hours: impl IntoIterator<Item = (u8, u16, u16)>) -> Vec<u8> {
        let bytes = |(day, opens, closes): (u8, u16, u16)| {
            let ([a, b], [c, d]) = (opens.to_be_bytes(), closes.to_be_bytes());
            [day, a, b, c, d]
        };
        hours.into_iter().flat_map(bytes).collect()
    }

    /// Reads what [`Self::pack`] made.
    pub fn unpack(packed: &'a [u8]) -> Self {
        Self(packed)
    }

    /// As they are packed; empty where none are known.
    pub fn bytes(&self) -> &'a [u8] {
        self.0
    }

    /// The hours.
    pub fn iter(&self) -> impl Iterator<Item = (u8, u16, u16)> + use<'a> {
        let chunks = self.0.as_chunks::<5>().0.iter();
        chunks.map(|&[day, a, b, c, d]| (day, u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d])))
    }
}

/// A participation as it stands here: what differs by network is kept together with its network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkHere<'a> {
    /// The network.
    pub id: u128,
    /// Its status on the day of indexing, under the provider's ceiling.
    pub status: NetworkStatus,
    /// Tier.
    pub tier: Option<&'a str>,
    /// Whether patients are accepted here in this network.
    pub accepting: Option<Accepting>,
}

/// Participations, one behind the other: id, status, accepting, length of the tier, tier.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Networks<'a>(#[serde(borrow)] &'a [u8]);

/// Says that nothing is known, in place of a code's number.
const UNKNOWN: u8 = u8::MAX;

impl<'a> Networks<'a> {
    /// Packs participations. A tier is cut after 255 bytes.
    pub fn pack(networks: &[NetworkHere<'_>]) -> Vec<u8> {
        let mut packed = Vec::with_capacity(networks.len() * 24);
        for network in networks {
            let tier = network.tier.unwrap_or_default();
            let tier = &tier[..tier.floor_char_boundary(usize::from(u8::MAX))];
            packed.extend_from_slice(&network.id.to_be_bytes());
            packed.push(network.status as u8);
            packed.push(network.accepting.map_or(UNKNOWN, |code| code as u8));
            packed.push(tier.len() as u8);
            packed.extend_from_slice(tier.as_bytes());
        }
        packed
    }

    /// Reads what [`Self::pack`] made.
    pub fn unpack(packed: &'a [u8]) -> Self {
        Self(packed)
    }

    /// The participations.
    pub fn iter(&self) -> impl Iterator<Item = NetworkHere<'a>> + use<'a> {
        let mut rest = self.0;
        std::iter::from_fn(move || {
            let (&[ref id @ .., status, accepting, length], behind) = rest.split_first_chunk::<19>()?;
            let (tier, behind) = behind.split_at_checked(usize::from(length))?;
            rest = behind;
            let mut number = [0; 16];
            number.copy_from_slice(id);
            Some(NetworkHere {
                id: u128::from_be_bytes(number),
                status: *NetworkStatus::ALL.get(usize::from(status))?,
                tier: std::str::from_utf8(tier).ok().filter(|tier| !tier.is_empty()),
                accepting: Accepting::ALL.get(usize::from(accepting)).copied(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_out_again() {
        let texts = Texts::pack(["a b", "c\nd", "é"]);
        assert_eq!(Texts::unpack(&texts).iter().collect::<Vec<_>>(), ["a b", "c d", "é"]);
        assert!(Texts::unpack("").is_empty() && Texts::unpack("").first().is_none());
        let hours = Hours::pack([(1, 480, 1020), (7, 0, 1439)]);
        assert_eq!(
            Hours::unpack(&hours).iter().collect::<Vec<_>>(),
            [(1, 480, 1020), (7, 0, 1439)]
        );
        let ids = Ids::pack([u128::MAX, 7]);
        assert!(Ids::unpack(&ids).contains(&7) && !Ids::unpack(&ids).contains(&8));
        let networks = [
            NetworkHere {
                id: 5,
                status: NetworkStatus::Active,
                tier: Some("GOLD"),
                accepting: Some(Accepting::New),
            },
            NetworkHere {
                id: 6,
                status: NetworkStatus::Pending,
                tier: None,
                accepting: None,
            },
        ];
        assert_eq!(
            Networks::unpack(&Networks::pack(&networks)).iter().collect::<Vec<_>>(),
            networks
        );
        assert_eq!(
            Networks::unpack(&[1, 2, 3]).iter().count(),
            0,
            "damaged bytes end the list"
        );
    }
}
