//! One invented provider: who it is, where it practises, in which networks it is.

use chrono::{Days, NaiveDate};

use super::draw::Draw;
use super::person::{Who, languages};
use super::reference::{NETWORK_COUNT, PREFERRED, STANDARD, density};
use super::site::{Site, sites};
use super::tables::{self, TABLES, Zip};
use crate::domain::provider::{Name, OtherName, Specialty};
use crate::vocab::Npi;
use crate::vocab::terms::{Accepting, Gender, NetworkStatus, ProviderKind};

/// The last day of the invented world; every date lies before it.
pub(super) const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 1).expect("a day of the calendar");

/// An invented provider. What NPPES knows of it goes into its files, the rest into `supplement.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Synthetic {
    /// The seed it comes from.
    pub seed: u64,
    /// Its number within the seed, from zero.
    pub index: u64,
    /// Begins with 2, which no real individual's NPI of these years does.
    pub npi: Npi,
    /// Person or organisation.
    pub kind: ProviderKind,
    /// As a person would write it; NPPES's files have capitals.
    pub name: Name,
    /// A former name or a "doing business as".
    pub other_name: Option<OtherName>,
    /// Of a person.
    pub gender: Option<Gender>,
    /// One is primary, not always the first.
    pub specialties: Vec<Specialty>,
    /// Codes, sorted.
    pub languages: Vec<&'static str>,
    /// The first is primary.
    pub sites: Vec<Site>,
    /// Where it stands.
    pub network_status: NetworkStatus,
    /// Day of the NPI.
    pub enumerated: NaiveDate,
    /// Day of the last change.
    pub updated: NaiveDate,
    /// When it became ACTIVE, if it is or was.
    pub activated: Option<NaiveDate>,
    /// When the listing was last confirmed.
    pub verified: Option<NaiveDate>,
    /// In which networks, where.
    pub memberships: Vec<Membership>,
}

/// A participation in a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// From zero to `NETWORK_COUNT`.
    pub network: usize,
    /// The number of the site.
    pub site: usize,
    /// In networks that have tiers.
    pub tier: Option<&'static str>,
    /// Below the provider's own.
    pub status: NetworkStatus,
    /// First day.
    pub effective: NaiveDate,
    /// Last day.
    pub termination: Option<NaiveDate>,
    /// Whether new patients are taken.
    pub accepting: Accepting,
}

impl Synthetic {
    /// The provider with this number of a seed.
    pub(super) fn draw(seed: u64, index: u64, npi: Npi) -> Self {
        let mut draw = Draw::new(seed, index);
        let organization = draw.chance(220);
        let at = TABLES.by_providers.draw(&mut draw);
        let home = &TABLES.zips[at];
        let weights = if organization {
            &TABLES.of_organizations
        } else {
            &TABLES.of_individuals
        };
        let specialty = &TABLES.specialties[weights.draw(&mut draw)];
        let who = if organization {
            Who::organization(&mut draw, specialty, home)
        } else {
            Who::person(&mut draw, specialty, home)
        };
        let enumerated = day_before(&mut draw, TODAY, 7_100);
        let network_status = match draw.below(1000) {
            0..850 => NetworkStatus::Active,
            850..950 => NetworkStatus::Pending,
            _ => NetworkStatus::Inactive,
        };
        let age = days_since(enumerated);
        let activated =
            (network_status != NetworkStatus::Pending).then(|| day_before(&mut draw, TODAY, age.min(1_090)));
        let mut provider = Self {
            seed,
            index,
            npi,
            kind: if organization {
                ProviderKind::Organization
            } else {
                ProviderKind::Individual
            },
            specialties: specialties(&mut draw, specialty, home, organization),
            languages: languages(&mut draw, who.group, &home.state, organization),
            sites: sites(&mut draw, at, organization),
            name: who.name,
            other_name: who.other_name,
            gender: who.gender,
            network_status,
            enumerated,
            updated: day_before(&mut draw, TODAY, age),
            activated,
            verified: draw.chance(800).then(|| day_before(&mut draw, TODAY, age.min(360))),
            memberships: Vec::new(),
        };
        provider.join_networks(&mut draw);
        provider
    }

    fn join_networks(&mut self, draw: &mut Draw) {
        let age = days_since(self.enumerated);
        for (site, place) in self.sites.iter().enumerate() {
            for network in 0..NETWORK_COUNT {
                let (per_mille, tiers) = density(network, place.state);
                if !draw.chance(per_mille) {
                    continue;
                }
                let effective = day_before(draw, TODAY, age.min(3_000));
                let gone = draw.chance(40);
                let status = match draw.below(100) {
                    0..95 => NetworkStatus::Active,
                    _ => NetworkStatus::Pending,
                };
                self.memberships.push(Membership {
                    network,
                    site,
                    tier: tiers.then(|| if draw.chance(300) { PREFERRED } else { STANDARD }),
                    status: if gone { NetworkStatus::Inactive } else { status },
                    effective,
                    termination: gone.then(|| {
                        let days = days_since(effective);
                        day_before(draw, TODAY, days.max(1))
                    }),
                    accepting: match draw.below(100) {
                        0..72 => Accepting::New,
                        72..87 => Accepting::ExistingOnly,
                        87..92 => Accepting::ExistingAndFamily,
                        _ => Accepting::None,
                    },
                });
            }
        }
    }
}

fn specialties(draw: &mut Draw, primary: &tables::Specialty, home: &Zip, organization: bool) -> Vec<Specialty> {
    let mut codes = vec![primary.code.as_str()];
    let further = match draw.below(100) {
        0..74 => 0,
        74..94 => 1,
        _ => 2,
    };
    if !organization && let Some(siblings) = TABLES.groupings.get(&primary.grouping) {
        for _ in 0..further {
            let code = TABLES.specialties[*draw.pick(siblings)].code.as_str();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
    }
    // The primary one is not in the first slot for about one in eight of those that have several.
    let mut all: Vec<Specialty> = codes
        .into_iter()
        .enumerate()
        .map(|(n, code)| {
            let licensed = !organization && draw.chance(850);
            Specialty {
                code: code.to_owned(),
                primary: n == 0,
                license_number: licensed.then(|| format!("{}{:06}", &home.state[..1], draw.below(1_000_000))),
                license_state: licensed.then(|| home.state.clone()),
            }
        })
        .collect();
    if all.len() > 1 && draw.chance(130) {
        all.swap(0, 1);
    }
    all
}

/// A day at most `days` before another.
fn day_before(draw: &mut Draw, day: NaiveDate, days: u32) -> NaiveDate {
    let back = Days::new(u64::from(draw.below(days.max(1))));
    day.checked_sub_days(back).unwrap_or(day)
}

/// How many days of the invented world have passed since.
fn days_since(day: NaiveDate) -> u32 {
    u32::try_from((TODAY - day).num_days()).unwrap_or(0)
}
