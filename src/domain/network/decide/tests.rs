//! The table, row by row, and its days.

use uuid::Uuid;

use super::*;
use crate::domain::{
    network::Span,
    reference::{Days, PlanNetwork},
};
use NetworkStatus::{Active, Inactive, Pending};

const HOME: LocationId = LocationId(Uuid::from_u128(7));
const AWAY: LocationId = LocationId(Uuid::from_u128(8));
const NETWORK: NetworkId = NetworkId(Uuid::from_u128(1));
const OTHER: NetworkId = NetworkId(Uuid::from_u128(2));

fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

fn question(on: &str) -> Question {
    Question {
        npi: crate::vocab::Npi::from_base(123_456_789),
        service_date: day(on),
        location_id: None,
        taxonomy: None,
    }
}

fn plan(oon: OonPolicy, pending: PendingPolicy) -> Terms<'static> {
    Terms {
        policies: Some(Policies { oon, pending }),
        ..Terms::of_network(NETWORK)
    }
}

fn member(from: &str, until: Option<&str>) -> Membership<'static> {
    Membership {
        network_id: NETWORK,
        location_id: None,
        tier: None,
        status: Active,
        effective: day(from),
        termination: until.map(day),
        accepting: None,
    }
}

fn since(from: &str, status: NetworkStatus) -> Timeline {
    let from = day(from);
    Timeline::of([Span { from, status }])
}

fn ask(question: &Question, terms: &Terms<'_>, timeline: &Timeline, members: &[Membership<'_>]) -> Decision {
    decide(question, terms, Some((timeline, members, &[])), true)
}

/// Everything of a decision that the table speaks of.
fn row(d: &Decision) -> (Answer, AllowedBasis, CostShare, Disposition, Option<&str>) {
    let carc = d.carc.as_deref();
    (d.decision, d.allowed_basis, d.cost_share, d.disposition, carc)
}

#[test]
fn feature_4_03_the_table_holds_for_every_status_policy_and_participation() {
    use {AllowedBasis as Basis, Answer as Says, CostShare as Share, Disposition as Then};
    let pays = (Says::OutOfNetwork, Basis::Ucr, Share::OutOfNetwork, Then::Pay, None);
    let denies = (Says::OutOfNetwork, Basis::None, Share::PerPlan, Then::Deny, Some("242"));
    let holds = (
        Says::Pending,
        Basis::Undecided,
        Share::Undecided,
        Then::PendingInfo,
        None,
    );
    let inside = (
        Says::InNetwork,
        Basis::Contracted,
        Share::InNetwork,
        Then::Pay,
        Some("45"),
    );
    for oon in [OonPolicy::Pay, OonPolicy::Deny] {
        let outside = if oon == OonPolicy::Pay { pays } else { denies };
        for pending in [PendingPolicy::Hold, PendingPolicy::Oon, PendingPolicy::Deny] {
            let waits = match pending {
                PendingPolicy::Hold => holds,
                PendingPolicy::Oon => outside,
                PendingPolicy::Deny => denies,
            };
            for (provider, participation, expected) in [
                (Active, Some(Active), inside),
                (Active, Some(Pending), waits),
                (Active, Some(Inactive), outside),
                (Active, None, outside),
                (Inactive, Some(Active), outside),
                (Inactive, Some(Pending), outside),
                (Inactive, None, outside),
                (Pending, Some(Active), waits),
                (Pending, Some(Pending), waits),
                (Pending, None, waits),
            ] {
                let members = participation.map(|status| Membership {
                    status,
                    ..member("2026-01-01", None)
                });
                let members = members.as_slice();
                let got = ask(
                    &question("2026-06-01"),
                    &plan(oon, pending),
                    &since("2026-01-01", provider),
                    members,
                );
                assert_eq!(
                    row(&got),
                    expected,
                    "{provider} {participation:?} under {oon:?} {pending:?}"
                );
                assert_eq!(got.provider_status, Some(provider));
                assert!(!got.reasons.is_empty());
            }
        }
    }
}

#[test]
fn feature_4_05_unknown_provider_and_no_data_are_not_out_of_network() {
    let terms = plan(OonPolicy::Deny, PendingPolicy::Hold);
    let unknown = decide(&question("2026-06-01"), &terms, None, true);
    assert_eq!(
        (unknown.decision, unknown.disposition, &unknown.reasons[..]),
        (
            Answer::UnknownProvider,
            Disposition::Deny,
            &[Reason::UnknownNpi, Reason::StrictNetwork][..]
        )
    );
    let line = since("2026-01-01", Active);
    let no_data = decide(&question("2026-06-01"), &terms, Some((&line, &[], &[])), false);
    assert_eq!(
        (no_data.decision, no_data.disposition),
        (Answer::NoData, Disposition::PendingInfo)
    );
    let outside = decide(&question("2026-06-01"), &terms, Some((&line, &[], &[])), true);
    assert_eq!(outside.decision, Answer::OutOfNetwork);
}

#[test]
fn feature_4_06_first_and_last_day_belong_to_it_leap_days_and_month_ends_too() {
    let terms = plan(OonPolicy::Pay, PendingPolicy::Hold);
    let line = since("2020-01-01", Active);
    let members = [
        member("2028-02-29", Some("2028-03-31")),
        member("2028-05-01", Some("2028-05-31")),
    ];
    for (on, answer, reason) in [
        ("2028-02-28", Answer::OutOfNetwork, Reason::NotYetEffective),
        ("2028-02-29", Answer::InNetwork, Reason::Participating),
        ("2028-03-31", Answer::InNetwork, Reason::Participating),
        ("2028-04-01", Answer::OutOfNetwork, Reason::Gap),
        ("2028-04-30", Answer::OutOfNetwork, Reason::Gap),
        ("2028-05-01", Answer::InNetwork, Reason::Participating),
        ("2028-05-31", Answer::InNetwork, Reason::Participating),
        ("2028-06-01", Answer::OutOfNetwork, Reason::Terminated),
    ] {
        let got = ask(&question(on), &terms, &line, &members);
        assert_eq!((got.decision, got.reasons[0]), (answer, reason), "{on}");
    }
    let none = ask(&question("2028-03-01"), &terms, &line, &[]);
    assert_eq!(none.reasons, [Reason::NoParticipation]);
}

#[test]
fn the_status_of_the_day_counts_not_that_of_today() {
    let terms = plan(OonPolicy::Pay, PendingPolicy::Hold);
    let spans = [("2026-01-01", Active), ("2026-06-30", Inactive)];
    let line = Timeline::of(spans.map(|(from, status)| Span {
        from: day(from),
        status,
    }));
    let members = [member("2026-01-01", None)];
    let on = |text| ask(&question(text), &terms, &line, &members).decision;
    assert_eq!(on("2026-06-29"), Answer::InNetwork);
    assert_eq!(on("2026-06-30"), Answer::OutOfNetwork);
}

#[test]
fn a_held_day_is_decided_by_what_credentialing_ended_with() {
    let members = [member("2026-01-01", None)];
    let asked = question("2026-03-01");
    let hold = plan(OonPolicy::Deny, PendingPolicy::Hold);
    let approved = ask(&asked, &hold, &since("2026-04-01", Active), &members);
    assert_eq!(approved.decision, Answer::InNetwork);
    assert_eq!(approved.reasons, [Reason::Participating, Reason::CredentialingResolved]);
    assert_eq!(approved.provider_status, Some(Pending));
    let rejected = ask(&asked, &hold, &since("2026-04-01", Inactive), &members);
    assert_eq!(rejected.disposition, Disposition::Deny);
    // A plan that does not wait decides by the day itself.
    let oon = plan(OonPolicy::Pay, PendingPolicy::Oon);
    let got = ask(&asked, &oon, &since("2026-04-01", Active), &members);
    assert_eq!(
        (got.decision, got.disposition),
        (Answer::OutOfNetwork, Disposition::Pay)
    );
}

#[test]
fn places_and_tiers_are_told_apart_and_the_whole_agrees_with_its_parts() {
    let line = since("2020-01-01", Active);
    let here = Membership {
        location_id: Some(HOME),
        tier: Some("PREFERRED"),
        ..member("2026-01-01", None)
    };
    let mut terms = plan(OonPolicy::Pay, PendingPolicy::Hold);
    let at = |place| Question {
        location_id: place,
        ..question("2026-06-01")
    };
    assert_eq!(ask(&at(Some(HOME)), &terms, &line, &[here]).decision, Answer::InNetwork);
    assert_eq!(ask(&at(None), &terms, &line, &[here]).decision, Answer::InNetwork);
    let away = ask(&at(Some(AWAY)), &terms, &line, &[here]);
    assert_eq!(away.reasons, [Reason::OtherLocation]);
    let everywhere = member("2026-01-01", None);
    let both = ask(&at(Some(AWAY)), &terms, &line, &[here, everywhere]);
    assert_eq!(both.participation.and_then(|p| p.location_id), None);
    terms.networks = Cow::Owned(vec![PlanNetwork {
        network_id: NETWORK,
        tier: Some("BASIC".to_owned()),
        days: Days::default(),
    }]);
    assert_eq!(ask(&at(None), &terms, &line, &[here]).reasons, [Reason::OtherTier]);
    let elsewhere = Membership {
        network_id: OTHER,
        ..everywhere
    };
    assert_eq!(
        ask(&at(None), &terms, &line, &[elsewhere]).reasons,
        [Reason::NoParticipation]
    );
}

#[test]
fn a_network_counts_on_the_days_on_which_the_plan_pays_in_it() {
    let line = since("2020-01-01", Active);
    let mut terms = plan(OonPolicy::Deny, PendingPolicy::Hold);
    let during = |first: Option<&str>, last: Option<&str>| PlanNetwork {
        network_id: NETWORK,
        tier: None,
        days: Days {
            begins_on: first.map(day),
            ends_on: last.map(day),
        },
    };
    let here = [member("2020-01-01", None)];
    let said = |terms: &Terms<'_>, on: &str| {
        let decision = ask(&question(on), terms, &line, &here);
        (decision.decision, decision.reasons[0])
    };
    terms.networks = Cow::Owned(vec![during(Some("2026-01-01"), Some("2026-03-31"))]);
    for (on, answer, reason) in [
        ("2025-12-31", Answer::OutOfNetwork, Reason::NotYetEffective),
        ("2026-01-01", Answer::InNetwork, Reason::Participating),
        ("2026-03-31", Answer::InNetwork, Reason::Participating),
        ("2026-04-01", Answer::OutOfNetwork, Reason::Terminated),
    ] {
        assert_eq!(said(&terms, on), (answer, reason), "{on}");
    }
    let again = during(Some("2026-07-01"), None);
    terms.networks = Cow::Owned(vec![during(None, Some("2026-03-31")), again]);
    assert_eq!(said(&terms, "2026-05-01"), (Answer::OutOfNetwork, Reason::Gap));
    assert_eq!(said(&terms, "2026-07-01"), (Answer::InNetwork, Reason::Participating));
    let nobody = ask(&question("2026-05-01"), &terms, &line, &[]);
    assert_eq!(nobody.reasons[0], Reason::NoParticipation);
    // Nor does a plan wait for credentialing on a day on which it pays in no network.
    let applies = since("2020-01-01", Pending);
    for (on, answer, disposition, reason) in [
        (
            "2026-03-31",
            Answer::Pending,
            Disposition::PendingInfo,
            Reason::ProviderPending,
        ),
        ("2026-05-01", Answer::OutOfNetwork, Disposition::Deny, Reason::Gap),
        (
            "2026-07-01",
            Answer::Pending,
            Disposition::PendingInfo,
            Reason::ProviderPending,
        ),
    ] {
        let got = ask(&question(on), &terms, &applies, &here);
        assert_eq!(
            (got.decision, got.disposition, got.reasons[0]),
            (answer, disposition, reason),
            "{on}"
        );
    }
}

#[test]
fn without_a_plan_only_the_network_is_told() {
    let line = since("2020-01-01", Active);
    let terms = Terms::of_network(NETWORK);
    let inside = ask(&question("2026-06-01"), &terms, &line, &[member("2026-01-01", None)]);
    assert_eq!(
        (inside.decision, inside.disposition),
        (Answer::InNetwork, Disposition::Pay)
    );
    let outside = ask(&question("2026-06-01"), &terms, &line, &[]);
    assert_eq!(
        (outside.decision, outside.disposition),
        (Answer::OutOfNetwork, Disposition::Undecided)
    );
}

#[test]
fn a_taxonomy_that_is_not_listed_is_noted_and_changes_nothing() {
    let line = since("2020-01-01", Active);
    let members = [member("2026-01-01", None)];
    let asked = Question {
        taxonomy: Some("207RC0000X".to_owned()),
        ..question("2026-06-01")
    };
    let terms = plan(OonPolicy::Pay, PendingPolicy::Hold);
    let got = decide(
        &asked,
        &terms,
        Some((&line, &members, &["207Q00000X".to_owned()])),
        true,
    );
    assert_eq!(got.decision, Answer::InNetwork);
    assert_eq!(got.reasons, [Reason::Participating, Reason::TaxonomyNotListed]);
}

#[test]
fn feature_4_08_who_relied_on_the_directory_pays_as_in_network() {
    let terms = plan(OonPolicy::Deny, PendingPolicy::Hold);
    let denied = ask(&question("2026-06-01"), &terms, &since("2026-01-01", Inactive), &[]);
    let relied = rely(denied.clone(), Answer::InNetwork);
    assert_eq!(relied.decision, Answer::OutOfNetwork, "as found");
    assert_eq!(
        (relied.cost_share, relied.disposition),
        (CostShare::InNetwork, Disposition::Pay)
    );
    assert!(relied.directory_reliance);
    assert_eq!(rely(denied.clone(), Answer::OutOfNetwork), denied);
}
