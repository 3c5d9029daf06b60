//! Messages of the protocol from and to what the check knows.

use super::proto::{self, CheckNetworkRequest, CheckNetworkResponse, Participation};
use crate::domain::network::{AllowedBasis, Answer, CostShare, Disposition, InNetwork};
use crate::interfaces::network_check::{Asked, Checked, Named};
use crate::vocab::terms::NetworkStatus;

/// A text that says something: in the protocol, what is left out is empty.
pub fn given(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

impl From<CheckNetworkRequest> for Asked {
    fn from(asked: CheckNetworkRequest) -> Self {
        let given = |text: String| Some(text).filter(|text| !text.trim().is_empty());
        Self {
            npi: asked.npi,
            plan: given(asked.plan_id),
            network: given(asked.network_id),
            date: given(asked.service_date),
            location_id: given(asked.location_id),
            taxonomy: given(asked.taxonomy),
            as_known_on: given(asked.as_known_on),
            relied_on: given(asked.relied_on),
            claim_ref: given(asked.claim_ref),
            receipt: asked.receipt,
        }
    }
}

impl From<Checked> for CheckNetworkResponse {
    fn from(checked: Checked) -> Self {
        let decision = checked.decision;
        let network = checked.network;
        Self {
            decision: of_answer(decision.decision).into(),
            allowed_basis: of_basis(decision.allowed_basis).into(),
            cost_share: of_share(decision.cost_share).into(),
            disposition: of_disposition(decision.disposition).into(),
            reasons: decision.reasons.iter().map(|r| r.code().to_owned()).collect(),
            carc: decision.carc.map(Into::into).unwrap_or_default(),
            provider_status: decision.provider_status.map_or(0, |status| of_status(status).into()),
            participation: decision.participation.map(|p| of_participation(p, network)),
            directory_reliance: decision.directory_reliance,
            service_date: checked.service_date.to_string(),
            data_version: checked.position,
            rule_version: checked.rule_version.to_owned(),
            as_of: text(checked.as_known_on),
            hold_id: text(checked.hold_id),
            receipt_id: text(checked.receipt_id),
        }
    }
}

fn text(value: Option<impl ToString>) -> String {
    value.map(|v| v.to_string()).unwrap_or_default()
}

fn of_participation(p: InNetwork, network: Option<Named>) -> Participation {
    Participation {
        network_id: p.network_id.to_string(),
        network_name: network
            .filter(|n| n.id == p.network_id.0)
            .map(|n| n.name)
            .unwrap_or_default(),
        location_id: text(p.location_id),
        tier: p.tier.unwrap_or_default(),
        status: of_status(p.status).into(),
        effective: p.effective.to_string(),
        termination: text(p.termination),
        accepting: text(p.accepting),
    }
}

fn of_answer(answer: Answer) -> proto::Decision {
    match answer {
        Answer::InNetwork => proto::Decision::InNetwork,
        Answer::OutOfNetwork => proto::Decision::OutOfNetwork,
        Answer::Pending => proto::Decision::Pending,
        Answer::UnknownProvider => proto::Decision::UnknownProvider,
        Answer::NoData => proto::Decision::NoData,
    }
}

fn of_basis(basis: AllowedBasis) -> proto::AllowedBasis {
    match basis {
        AllowedBasis::Contracted => proto::AllowedBasis::Contracted,
        AllowedBasis::Ucr => proto::AllowedBasis::Ucr,
        AllowedBasis::None => proto::AllowedBasis::None,
        AllowedBasis::Undecided => proto::AllowedBasis::Unspecified,
    }
}

fn of_share(share: CostShare) -> proto::CostShare {
    match share {
        CostShare::InNetwork => proto::CostShare::InNetwork,
        CostShare::OutOfNetwork => proto::CostShare::OutOfNetwork,
        CostShare::PerPlan => proto::CostShare::PerPlan,
        CostShare::Undecided => proto::CostShare::Unspecified,
    }
}

fn of_disposition(disposition: Disposition) -> proto::Disposition {
    match disposition {
        Disposition::Pay => proto::Disposition::Pay,
        Disposition::Deny => proto::Disposition::Deny,
        Disposition::PendingInfo => proto::Disposition::PendingInfo,
        Disposition::Undecided => proto::Disposition::Unspecified,
    }
}

fn of_status(status: NetworkStatus) -> proto::NetworkStatus {
    match status {
        NetworkStatus::Pending => proto::NetworkStatus::Pending,
        NetworkStatus::Active => proto::NetworkStatus::Active,
        NetworkStatus::Inactive => proto::NetworkStatus::Inactive,
    }
}
