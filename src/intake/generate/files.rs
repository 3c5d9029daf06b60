//! Writing invented providers as NPPES's files, and beside them what NPPES does not know.
//!
//! `npidata_pfile_*.csv`, `pl_pfile_*.csv` and `othername_pfile_*.csv` have the layout that CMS has shipped since 2026
//! (V2: 330 columns, everything quoted, names in capitals, dates as MM/DD/YYYY). Beside them:
//!
//! * `supplement.csv`: see `supplement`.
//! * `networks.csv` and `plans.csv`: [`reference`](super::reference()), with the numbers that `participations` uses.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use csv::{QuoteStyle, Writer, WriterBuilder};
use rustc_hash::FxHashMap;
use serde::Serialize;

use super::reference::{network_id, reference};
use super::site::Site;
use super::supplement::{SUPPLEMENT_HEADER, supplement_row};
use super::synthetic::Synthetic;
use super::{CAPACITY, providers};
use crate::vocab::terms::ProviderKind;

const HEADER: &str = include_str!("npidata_header.csv");

/// As in CMS's files, two spaces and the odd name of the fax column included.
const LOCATION_HEADER: [&str; 10] = [
    "NPI",
    "Provider Secondary Practice Location Address- Address Line 1",
    "Provider Secondary Practice Location Address-  Address Line 2",
    "Provider Secondary Practice Location Address - City Name",
    "Provider Secondary Practice Location Address - State Name",
    "Provider Secondary Practice Location Address - Postal Code",
    "Provider Secondary Practice Location Address - Country Code (If outside U.S.)",
    "Provider Secondary Practice Location Address - Telephone Number",
    "Provider Secondary Practice Location Address - Telephone Extension",
    "Provider Practice Location Address - Fax Number",
];

const OTHER_NAME_HEADER: [&str; 3] = [
    "NPI",
    "Provider Other Organization Name",
    "Provider Other Organization Name Type Code",
];

/// After how many providers progress is told.
const STEP: u64 = 1_000;

/// Why nothing, or not all, was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A file or the folder can't be written.
    #[error("write {}", path.display())]
    Write {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// More providers than there are numbers.
    #[error("generate {0} providers: there are NPIs for {CAPACITY}")]
    TooMany(u64),
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Rows of `npidata_pfile`.
    pub providers: u64,
    /// Places, the main ones included.
    pub locations: u64,
    /// Rows of `othername_pfile`.
    pub other_names: u64,
    /// Participations in networks.
    pub participations: u64,
}

/// Writes `count` providers of a seed into a folder, which is made if need be; the same seed gives the same bytes.
/// `progress` is told how many are done, now and then. Memory stays flat.
///
/// # Errors
/// The folder or a file can't be written, or `count` is above [`CAPACITY`].
pub fn write(dir: &Path, count: u64, seed: u64, mut progress: impl FnMut(u64)) -> Result<Written, Error> {
    if count > CAPACITY {
        return Err(Error::TooMany(count));
    }
    std::fs::create_dir_all(dir).map_err(|source| Error::Write {
        path: dir.to_owned(),
        source,
    })?;
    let columns = Columns::new();
    let mut main = Table::create(dir, "npidata_pfile_20050523-20261108.csv", QuoteStyle::Always)?;
    let mut places = Table::create(dir, "pl_pfile_20050523-20261108.csv", QuoteStyle::Always)?;
    let mut names = Table::create(dir, "othername_pfile_20050523-20261108.csv", QuoteStyle::Always)?;
    let mut supplement = Table::create(dir, "supplement.csv", QuoteStyle::Necessary)?;
    main.row(&columns.header)?;
    places.row(LOCATION_HEADER)?;
    names.row(OTHER_NAME_HEADER)?;
    supplement.row(SUPPLEMENT_HEADER)?;
    let mut written = Written::default();
    for provider in providers(count, seed) {
        let npi = provider.npi.to_string();
        main.row(main_row(&columns, &provider, &npi))?;
        for site in provider.sites.iter().skip(1) {
            places.row(location_row(site, &npi))?;
        }
        if let Some(other) = &provider.other_name
            && let Some(name) = &other.name.organization
        {
            names.row([npi.as_str(), &capitals(name), &other.type_code.to_string()])?;
            written.other_names += 1;
        }
        for number in 0..provider.sites.len() {
            supplement.row(supplement_row(&provider, &npi, number))?;
        }
        written.providers += 1;
        written.locations += provider.sites.len() as u64;
        written.participations += provider.memberships.len() as u64;
        if written.providers.is_multiple_of(STEP) {
            progress(written.providers);
        }
    }
    for table in [main, places, names, supplement] {
        table.finish()?;
    }
    write_reference(dir)?;
    progress(written.providers);
    Ok(written)
}

/// The positions of NPPES's columns by name.
struct Columns {
    header: Vec<&'static str>,
    positions: FxHashMap<&'static str, usize>,
}

impl Columns {
    fn new() -> Self {
        // No name in the header holds a quote or a comma outside its quotes.
        let header: Vec<&str> = HEADER.trim_end().trim_matches('"').split("\",\"").collect();
        let positions = header.iter().enumerate().map(|(n, name)| (*name, n)).collect();
        Self { header, positions }
    }
}

/// A row of the main file in the making.
struct MainRow<'c> {
    columns: &'c Columns,
    cells: Vec<String>,
}

impl MainRow<'_> {
    fn set(&mut self, column: &str, value: impl Into<String>) {
        if let Some(at) = self.columns.positions.get(column) {
            self.cells[*at] = value.into();
        }
    }

    fn set_capitals(&mut self, column: &str, value: Option<&str>) {
        if let Some(value) = value {
            self.set(column, capitals(value));
        }
    }

    /// One of the two addresses; the columns differ in one word.
    fn set_address(&mut self, which: &str, site: &Site) {
        let column = |rest: &str| rest.replace('#', which);
        self.set(&column("Provider First Line Business # Address"), capitals(&site.line1));
        self.set_capitals(
            &column("Provider Second Line Business # Address"),
            site.line2.as_deref(),
        );
        self.set(&column("Provider Business # Address City Name"), capitals(site.city));
        self.set(&column("Provider Business # Address State Name"), site.state);
        self.set(
            &column("Provider Business # Address Postal Code"),
            site.postal_code.as_str(),
        );
        self.set(
            &column("Provider Business # Address Country Code (If outside U.S.)"),
            "US",
        );
        self.set(
            &column("Provider Business # Address Telephone Number"),
            site.phone.as_str(),
        );
        self.set(
            &column("Provider Business # Address Fax Number"),
            site.fax.clone().unwrap_or_default(),
        );
    }

    fn set_person(&mut self, provider: &Synthetic) {
        let name = &provider.name;
        self.set_capitals("Provider Last Name (Legal Name)", name.last.as_deref());
        self.set_capitals("Provider First Name", name.first.as_deref());
        self.set_capitals("Provider Middle Name", name.middle.as_deref());
        self.set_capitals("Provider Name Prefix Text", name.prefix.as_deref());
        self.set_capitals("Provider Name Suffix Text", name.suffix.as_deref());
        self.set_capitals("Provider Credential Text", name.credential.as_deref());
        self.set("Provider Sex Code", provider.gender.map_or("", |g| g.code()));
        self.set(
            "Is Sole Proprietor",
            if provider.index.is_multiple_of(3) { "Y" } else { "N" },
        );
        if let Some(other) = &provider.other_name {
            self.set_capitals("Provider Other Last Name", other.name.last.as_deref());
            self.set_capitals("Provider Other First Name", other.name.first.as_deref());
            self.set_capitals("Provider Other Middle Name", other.name.middle.as_deref());
            self.set_capitals("Provider Other Credential Text", other.name.credential.as_deref());
            self.set("Provider Other Last Name Type Code", other.type_code.to_string());
        }
    }

    fn set_taxonomies(&mut self, provider: &Synthetic) {
        for (n, specialty) in (1..).zip(&provider.specialties) {
            self.set(
                &format!("Healthcare Provider Taxonomy Code_{n}"),
                specialty.code.as_str(),
            );
            self.set(
                &format!("Provider License Number_{n}"),
                specialty.license_number.clone().unwrap_or_default(),
            );
            let state = specialty.license_state.clone().unwrap_or_default();
            self.set(&format!("Provider License Number State Code_{n}"), state);
            let primary = if specialty.primary { "Y" } else { "N" };
            self.set(&format!("Healthcare Provider Primary Taxonomy Switch_{n}"), primary);
        }
    }
}

fn main_row(columns: &Columns, provider: &Synthetic, npi: &str) -> Vec<String> {
    let mut row = MainRow {
        columns,
        cells: vec![String::new(); columns.header.len()],
    };
    row.set("NPI", npi);
    match provider.kind {
        ProviderKind::Individual => {
            row.set("Entity Type Code", "1");
            row.set_person(provider);
        }
        ProviderKind::Organization => {
            row.set("Entity Type Code", "2");
            row.set("Employer Identification Number (EIN)", "<UNAVAIL>");
            row.set("Is Organization Subpart", "N");
            let name = provider.name.organization.as_deref();
            row.set_capitals("Provider Organization Name (Legal Business Name)", name);
            if let Some(other) = &provider.other_name {
                row.set_capitals("Provider Other Organization Name", other.name.organization.as_deref());
                row.set(
                    "Provider Other Organization Name Type Code",
                    other.type_code.to_string(),
                );
            }
        }
    }
    if let Some(site) = provider.sites.first() {
        row.set_address("Mailing", site);
        row.set_address("Practice Location", site);
    }
    row.set_taxonomies(provider);
    row.set("Provider Enumeration Date", american(provider.enumerated));
    row.set("Last Update Date", american(provider.updated));
    row.set("Certification Date", american(provider.updated));
    row.cells
}

fn location_row(site: &Site, npi: &str) -> [String; 10] {
    [
        npi.to_owned(),
        capitals(&site.line1),
        site.line2.as_deref().map(capitals).unwrap_or_default(),
        capitals(site.city),
        site.state.to_owned(),
        site.postal_code.clone(),
        "US".to_owned(),
        site.phone.clone(),
        String::new(),
        site.fax.clone().unwrap_or_default(),
    ]
}

fn write_reference(dir: &Path) -> Result<(), Error> {
    let reference = reference();
    let payer = |id| {
        reference
            .organizations
            .iter()
            .find(|o| o.id == id)
            .map_or("", |o| o.name.as_str())
    };
    let number = |id| (0..).find(|n| network_id(*n) == id).unwrap_or_default();
    let mut networks = Table::create(dir, "networks.csv", QuoteStyle::Necessary)?;
    networks.row(["number", "id", "name", "payer"])?;
    let mut sorted: Vec<_> = reference.networks.iter().map(|n| (number(n.id), n)).collect();
    sorted.sort_by_key(|(number, _)| *number);
    for (number, network) in sorted {
        let cells = [&number.to_string(), &network.id.to_string(), &network.name];
        networks.row(
            cells
                .map(String::as_str)
                .into_iter()
                .chain([payer(network.organization_id)]),
        )?;
    }
    networks.finish()?;
    let mut plans = Table::create(dir, "plans.csv", QuoteStyle::Necessary)?;
    plans.row(["code", "id", "name", "payer", "networks"])?;
    for plan in &reference.plans {
        let uses = plan
            .networks
            .iter()
            .map(|n| format!("{}/{}", number(n.network_id), n.tier.as_deref().unwrap_or_default()));
        let uses = uses.collect::<Vec<_>>().join("|");
        plans.row([
            plan.code.as_str(),
            &plan.id.to_string(),
            &plan.name,
            payer(plan.organization_id),
            &uses,
        ])?;
    }
    plans.finish()
}

/// A CSV file that knows its path when something goes wrong.
struct Table {
    path: PathBuf,
    writer: Writer<BufWriter<File>>,
}

impl Table {
    fn create(dir: &Path, name: &str, quotes: QuoteStyle) -> Result<Self, Error> {
        let path = dir.join(name);
        let file = File::create(&path).map_err(|source| Error::Write {
            path: path.clone(),
            source,
        })?;
        let writer = WriterBuilder::new()
            .quote_style(quotes)
            .from_writer(BufWriter::new(file));
        Ok(Self { path, writer })
    }

    fn row<C: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = C>) -> Result<(), Error> {
        let written = self.writer.write_record(cells);
        written.map_err(|e| Error::Write {
            path: self.path.clone(),
            source: io::Error::from(e),
        })
    }

    fn finish(mut self) -> Result<(), Error> {
        self.writer.flush().map_err(|source| Error::Write {
            path: self.path,
            source,
        })
    }
}

/// As NPPES writes names and addresses.
fn capitals(text: &str) -> String {
    text.to_uppercase()
}

/// MM/DD/YYYY
fn american(day: NaiveDate) -> String {
    day.format("%m/%d/%Y").to_string()
}
