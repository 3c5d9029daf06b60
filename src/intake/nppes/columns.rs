//! The layouts of NPPES files: which kind of file a header announces, and where its columns are.
//!
//! Columns are found by name, and names are compared without case, spaces and punctuation: `Provider Secondary Practice
//! Location Address-  Address Line 2` has two spaces as shipped, others grow spaces in spreadsheets, and 329, 330 and 58
//! columns occur.

use rustc_hash::FxHashMap;
use serde::Serialize;

/// The kinds of file that the import reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// `npidata_pfile`: providers.
    Providers,
    /// JSON of the NPI Registry API: providers with all that belongs to them.
    Registry,
    /// `pl_pfile`: secondary practice locations.
    Locations,
    /// `othername_pfile`: other names of organisations.
    OtherNames,
    /// `endpoint_pfile`: electronic endpoints.
    Endpoints,
    /// A list of deactivated NPIs with dates.
    Deactivations,
}

impl Kind {
    /// The word for it in messages and in the record of the run.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Providers => "providers",
            Kind::Registry => "registry",
            Kind::Locations => "locations",
            Kind::OtherNames => "other_names",
            Kind::Endpoints => "endpoints",
            Kind::Deactivations => "deactivations",
        }
    }
}

/// The columns of one file by their names.
#[derive(Clone, Debug)]
pub struct Columns {
    at: FxHashMap<String, usize>,
    /// How many there are.
    pub count: usize,
}

impl Columns {
    /// The columns of a header row.
    pub fn of<'t>(header: impl Iterator<Item = &'t str>) -> Self {
        let mut at = FxHashMap::default();
        let mut count = 0;
        for name in header {
            // The first of two columns of one name counts.
            at.entry(key(name)).or_insert(count);
            count += 1;
        }
        Self { at, count }
    }

    /// Where the column of this name is.
    pub fn find(&self, name: &str) -> Option<usize> {
        self.at.get(&key(name)).copied()
    }

    /// Where the first of these is.
    pub fn any(&self, names: &[&str]) -> Option<usize> {
        names.iter().find_map(|name| self.find(name))
    }

    /// What kind of file this is the header of.
    pub fn kind(&self) -> Option<Kind> {
        self.find("NPI")?;
        if self.find("Entity Type Code").is_some() {
            Some(Kind::Providers)
        } else if self
            .find("Provider Secondary Practice Location Address- Address Line 1")
            .is_some()
        {
            Some(Kind::Locations)
        } else if self.find("Endpoint Type").is_some() && self.find("Endpoint").is_some() {
            Some(Kind::Endpoints)
        } else if self.find("Provider Other Organization Name").is_some() {
            Some(Kind::OtherNames)
        } else if self.any(DEACTIVATION_DATE).is_some() {
            Some(Kind::Deactivations)
        } else {
            None
        }
    }
}

/// What the date in a list of deactivated NPIs is called.
pub const DEACTIVATION_DATE: &[&str] = &["NPI Deactivation Date", "NPPES Deactivation Date", "deactivation_date"];

/// What a file has to begin with, for the message about one that does not.
pub const EXPECTED: &str = "a CSV header with `NPI` and one of `Entity Type Code` (npidata_pfile), \
    `Provider Secondary Practice Location Address- Address Line 1` (pl_pfile), `Provider Other Organization Name` \
    (othername_pfile), `Endpoint Type` (endpoint_pfile), `deactivation_date`; or JSON of the NPI Registry API; \
    plain, gzipped or in a zip";

/// A column name without case, spaces and punctuation.
fn key(name: &str) -> String {
    name.chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .collect()
}

/// Slots of a provider row: NPPES has fifteen taxonomies and fifty other identifiers.
const TAXONOMIES: usize = 15;
const IDENTIFIERS: usize = 50;

/// Where one name is in a provider row.
#[derive(Clone, Debug)]
pub struct NameColumns {
    pub last: Option<usize>,
    pub first: Option<usize>,
    pub middle: Option<usize>,
    pub prefix: Option<usize>,
    pub suffix: Option<usize>,
    pub credential: Option<usize>,
}

/// Where one address is in a row.
#[derive(Clone, Debug)]
pub struct AddressColumns {
    pub line1: Option<usize>,
    pub line2: Option<usize>,
    pub city: Option<usize>,
    pub state: Option<usize>,
    pub postal_code: Option<usize>,
    pub country: Option<usize>,
    pub phone: Option<usize>,
    pub fax: Option<usize>,
}

/// Where everything is in a provider row.
#[derive(Clone, Debug)]
pub struct ProviderColumns {
    pub npi: usize,
    pub entity_type: usize,
    pub replacement: Option<usize>,
    pub organization: Option<usize>,
    pub name: NameColumns,
    pub other_organization: Option<usize>,
    pub other_organization_type: Option<usize>,
    pub other_name: NameColumns,
    pub other_name_type: Option<usize>,
    pub mailing: AddressColumns,
    pub practice: AddressColumns,
    pub enumerated: Option<usize>,
    pub updated: Option<usize>,
    pub certified: Option<usize>,
    pub deactivated: Option<usize>,
    pub reactivated: Option<usize>,
    pub gender: Option<usize>,
    /// Code, licence, state, primary switch.
    pub taxonomies: Vec<[Option<usize>; 4]>,
    pub taxonomy_groups: Vec<usize>,
    /// Value, type, state, issuer.
    pub identifiers: Vec<[Option<usize>; 4]>,
    /// Fewer columns than the oldest full layout: what is absent says nothing.
    pub partial: bool,
}

impl ProviderColumns {
    /// Finds them all; `None` without NPI and entity type.
    pub fn of(columns: &Columns) -> Option<Self> {
        let find = |name: &str| columns.find(name);
        let taxonomy = |n: usize| {
            [
                find(&format!("Healthcare Provider Taxonomy Code_{n}")),
                find(&format!("Provider License Number_{n}")),
                find(&format!("Provider License Number State Code_{n}")),
                find(&format!("Healthcare Provider Primary Taxonomy Switch_{n}")),
            ]
        };
        let identifier = |n: usize| {
            [
                find(&format!("Other Provider Identifier_{n}")),
                find(&format!("Other Provider Identifier Type Code_{n}")),
                find(&format!("Other Provider Identifier State_{n}")),
                find(&format!("Other Provider Identifier Issuer_{n}")),
            ]
        };
        let gender = columns.any(&["Provider Sex Code", "Provider Gender Code"]);
        let taxonomies: Vec<_> = (1..=TAXONOMIES).map(taxonomy).filter(|t| t[0].is_some()).collect();
        let identifiers: Vec<_> = (1..=IDENTIFIERS).map(identifier).filter(|i| i[0].is_some()).collect();
        let partial = gender.is_none() || taxonomies.len() < TAXONOMIES || identifiers.len() < IDENTIFIERS;
        Some(Self {
            npi: find("NPI")?,
            entity_type: find("Entity Type Code")?,
            replacement: find("Replacement NPI"),
            organization: find("Provider Organization Name (Legal Business Name)"),
            name: NameColumns::of(columns, "Provider ", " (Legal Name)"),
            other_organization: find("Provider Other Organization Name"),
            other_organization_type: find("Provider Other Organization Name Type Code"),
            other_name: NameColumns::of(columns, "Provider Other ", ""),
            other_name_type: find("Provider Other Last Name Type Code"),
            mailing: AddressColumns::of(columns, "Mailing"),
            practice: AddressColumns::of(columns, "Practice Location"),
            enumerated: find("Provider Enumeration Date"),
            updated: find("Last Update Date"),
            certified: find("Certification Date"),
            deactivated: find("NPI Deactivation Date"),
            reactivated: find("NPI Reactivation Date"),
            gender,
            taxonomies,
            taxonomy_groups: (1..=TAXONOMIES)
                .filter_map(|n| find(&format!("Healthcare Provider Taxonomy Group_{n}")))
                .collect(),
            identifiers,
            partial,
        })
    }
}

impl NameColumns {
    fn of(columns: &Columns, before: &str, behind_last: &str) -> Self {
        let find = |part: &str| columns.find(&format!("{before}{part}"));
        Self {
            last: find(&format!("Last Name{behind_last}")),
            first: find("First Name"),
            middle: find("Middle Name"),
            prefix: find("Name Prefix Text"),
            suffix: find("Name Suffix Text"),
            credential: find("Credential Text"),
        }
    }
}

impl AddressColumns {
    fn of(columns: &Columns, which: &str) -> Self {
        let find = |part: &str| columns.find(&format!("Provider Business {which} Address {part}"));
        Self {
            line1: columns.find(&format!("Provider First Line Business {which} Address")),
            line2: columns.find(&format!("Provider Second Line Business {which} Address")),
            city: find("City Name"),
            state: find("State Name"),
            postal_code: find("Postal Code"),
            country: find("Country Code (If outside U.S.)"),
            phone: find("Telephone Number"),
            fax: find("Fax Number"),
        }
    }

    /// Those of a file of secondary practice locations.
    pub fn of_secondary(columns: &Columns) -> Self {
        let find = |part: &str| columns.find(&format!("Provider Secondary Practice Location Address - {part}"));
        Self {
            line1: find("Address Line 1"),
            line2: find("Address Line 2"),
            city: find("City Name"),
            state: find("State Name"),
            postal_code: find("Postal Code"),
            country: find("Country Code (If outside U.S.)"),
            phone: find("Telephone Number"),
            // As shipped it lacks the word Secondary.
            fax: columns.any(&[
                "Provider Practice Location Address - Fax Number",
                "Provider Secondary Practice Location Address - Fax Number",
            ]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(header: &[&str]) -> Option<Kind> {
        Columns::of(header.iter().copied()).kind()
    }

    #[test]
    fn the_header_tells_the_kind() {
        assert_eq!(kind(&["NPI", "Entity Type Code"]), Some(Kind::Providers));
        assert_eq!(kind(&[" npi ", " entity  type code"]), Some(Kind::Providers));
        assert_eq!(
            kind(&["NPI", "Provider Secondary Practice Location Address- Address Line 1"]),
            Some(Kind::Locations)
        );
        assert_eq!(
            kind(&["NPI", "Provider Other Organization Name"]),
            Some(Kind::OtherNames)
        );
        assert_eq!(kind(&["NPI", "Endpoint Type", "Endpoint"]), Some(Kind::Endpoints));
        assert_eq!(kind(&["npi", "deactivation_date"]), Some(Kind::Deactivations));
        assert_eq!(kind(&["name", "address"]), None);
        assert_eq!(kind(&["NPI", "Provider Name", "Primary Specialty"]), None);
    }
}
