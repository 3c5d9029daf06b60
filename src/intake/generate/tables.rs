//! What the generator draws from: names by Census frequency, ZIPs and specialties by NPPES counts, compiled in.
//!
//! | file | columns | from |
//! |---|---|---|
//! | `surnames.csv.zst` | name, group, weight | the 20,000 most frequent surnames of 1990; `group` is the language its bearers may speak, those groups raised to their share among clinicians |
//! | `female.csv.zst`, `male.csv.zst` | name, weight | given names of 1990 |
//! | `zips.csv.zst` | zip, city, state, weight | providers per ZIP in a sample of NPPES |
//! | `specialties.csv` | code, grouping, individuals, organizations, `female_pct`, credentials | counts of primary taxonomies in NPPES samples, blended with national shares; credentials separated by a bar |

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::draw::{Draw, Weighted};

/// All tables; read once, on first use.
pub(super) static TABLES: LazyLock<Tables> = LazyLock::new(Tables::read);

pub(super) struct Tables {
    pub(super) surnames: Surnames,
    pub(super) female: Names,
    pub(super) male: Names,
    pub(super) zips: Vec<Zip>,
    pub(super) by_providers: Weighted,
    pub(super) specialties: Vec<Specialty>,
    pub(super) of_individuals: Weighted,
    pub(super) of_organizations: Weighted,
    /// Numbers of `specialties` by grouping, for second specialties.
    pub(super) groupings: FxHashMap<String, Vec<usize>>,
}

/// Equal columns of names and weights.
pub(super) struct Names {
    names: Vec<String>,
    weighted: Weighted,
}

pub(super) struct Surnames {
    /// Each with the code of the language that its bearers may speak, or nothing.
    all: Vec<(String, String)>,
    by_frequency: Weighted,
    /// Numbers of the Hispanic ones, for places where they are frequent.
    hispanic: Vec<usize>,
    hispanic_by_frequency: Weighted,
}

pub(super) struct Zip {
    pub(super) code: String,
    pub(super) city: String,
    pub(super) state: String,
}

pub(super) struct Specialty {
    pub(super) code: String,
    pub(super) grouping: String,
    pub(super) individuals: u32,
    pub(super) female_per_mille: u32,
    pub(super) credentials: Vec<String>,
}

impl Names {
    pub(super) fn draw(&self, draw: &mut Draw) -> &str {
        &self.names[self.weighted.draw(draw)]
    }
}

impl Surnames {
    /// A surname and its bearers' language, if it tells one.
    pub(super) fn draw(&self, draw: &mut Draw) -> (&str, &str) {
        let (name, group) = &self.all[self.by_frequency.draw(draw)];
        (name, group)
    }

    /// A Hispanic surname.
    pub(super) fn draw_hispanic(&self, draw: &mut Draw) -> (&str, &str) {
        let (name, group) = &self.all[self.hispanic[self.hispanic_by_frequency.draw(draw)]];
        (name, group)
    }
}

impl Tables {
    fn read() -> Self {
        let zips = rows(&unpacked(include_bytes!("zips.csv.zst")));
        let weights: Vec<u32> = zips.iter().map(|r| number(&r[3])).collect();
        let specialties: Vec<(Specialty, u32)> = rows(include_str!("specialties.csv")).iter().map(specialty).collect();
        let (individuals, organizations): (Vec<u32>, Vec<u32>) = specialties
            .iter()
            .map(|(s, organizations)| (s.individuals, *organizations))
            .unzip();
        let mut groupings: FxHashMap<String, Vec<usize>> = FxHashMap::default();
        for (n, (specialty, _)) in specialties.iter().enumerate().filter(|(_, (s, _))| s.individuals > 0) {
            groupings.entry(specialty.grouping.clone()).or_default().push(n);
        }
        Self {
            surnames: surnames(&rows(&unpacked(include_bytes!("surnames.csv.zst")))),
            female: names(&rows(&unpacked(include_bytes!("female.csv.zst")))),
            male: names(&rows(&unpacked(include_bytes!("male.csv.zst")))),
            by_providers: Weighted::new(&weights),
            zips: zips
                .iter()
                .map(|r| Zip {
                    code: r[0].into(),
                    city: r[1].into(),
                    state: r[2].into(),
                })
                .collect(),
            of_individuals: Weighted::new(&individuals),
            of_organizations: Weighted::new(&organizations),
            groupings,
            specialties: specialties.into_iter().map(|(s, _)| s).collect(),
        }
    }
}

fn specialty(row: &csv::StringRecord) -> (Specialty, u32) {
    let specialty = Specialty {
        code: row[0].into(),
        grouping: row[1].into(),
        individuals: number(&row[2]),
        female_per_mille: number(&row[4]) * 10,
        credentials: row[5].split('|').filter(|c| !c.is_empty()).map(str::to_owned).collect(),
    };
    (specialty, number(&row[3]))
}

fn names(rows: &[csv::StringRecord]) -> Names {
    let weights: Vec<u32> = rows.iter().map(|r| number(&r[1])).collect();
    Names {
        names: rows.iter().map(|r| r[0].to_owned()).collect(),
        weighted: Weighted::new(&weights),
    }
}

fn surnames(rows: &[csv::StringRecord]) -> Surnames {
    let weights: Vec<u32> = rows.iter().map(|r| number(&r[2])).collect();
    let hispanic: Vec<usize> = (0..rows.len()).filter(|n| &rows[*n][1] == "es").collect();
    let hispanic_weights: Vec<u32> = hispanic.iter().map(|n| weights[*n]).collect();
    Surnames {
        all: rows.iter().map(|r| (r[0].to_owned(), r[1].to_owned())).collect(),
        by_frequency: Weighted::new(&weights),
        hispanic,
        hispanic_by_frequency: Weighted::new(&hispanic_weights),
    }
}

fn unpacked(file: &[u8]) -> String {
    let bytes = zstd::decode_all(file).expect("a table compiled in was packed with zstd");
    String::from_utf8(bytes).expect("a table compiled in is UTF-8")
}

fn rows(text: &str) -> Vec<csv::StringRecord> {
    let rows = csv::Reader::from_reader(text.as_bytes()).into_records();
    rows.map(|r| r.expect("a table compiled in has equal rows")).collect()
}

fn number(text: &str) -> u32 {
    text.parse().expect("a table compiled in has numbers where they belong")
}
