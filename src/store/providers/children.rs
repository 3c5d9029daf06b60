//! Writes what hangs on one provider: each list replaces what was there, a statement or two a table.

use chrono::NaiveDate;
use sqlx::types::{Json, Uuid};

use super::input::NewLocation;
use crate::domain::provider::{Affiliation, Identifier, OtherName, Specialty};
use crate::store::{Error, Tx};
use crate::vocab::{Fault, ProviderId, names::fold, terms::PositionQuality};

pub(super) async fn specialties(tx: &mut Tx, id: ProviderId, list: &[Specialty]) -> Result<(), Error> {
    sqlx::query("DELETE FROM provider_specialty WHERE provider_id = $1")
        .bind(id.0)
        .execute(tx.connection())
        .await?;
    sqlx::query(
        "INSERT INTO provider_specialty (provider_id, position, code, is_primary, license_number, license_state)
        SELECT $1, u.n::smallint, u.code, u.is_primary, u.license_number, u.license_state
        FROM unnest($2::text[], $3::boolean[], $4::text[], $5::text[])
            WITH ORDINALITY AS u (code, is_primary, license_number, license_state, n)",
    )
    .bind(id.0)
    .bind(list.iter().map(|s| s.code.clone()).collect::<Vec<_>>())
    .bind(list.iter().map(|s| s.primary).collect::<Vec<_>>())
    .bind(list.iter().map(|s| s.license_number.clone()).collect::<Vec<_>>())
    .bind(list.iter().map(|s| s.license_state.clone()).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}

pub(super) async fn languages(tx: &mut Tx, id: ProviderId, list: &[String]) -> Result<(), Error> {
    let codes: Vec<String> = list.iter().map(|l| l.trim().to_ascii_lowercase()).collect();
    let fine = |code: &String| {
        (2..=35).contains(&code.len())
            && code.starts_with(|c: char| c.is_ascii_lowercase())
            && code
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
    };
    if let Some(n) = codes.iter().position(|code| !fine(code)) {
        let message = "a BCP 47 language code, such as `es`";
        return Err(Error::Refused(Fault::new(format!("languages[{n}]"), "format", message)));
    }
    sqlx::query("DELETE FROM provider_language WHERE provider_id = $1 AND language <> ALL ($2)")
        .bind(id.0)
        .bind(&codes)
        .execute(tx.connection())
        .await?;
    sqlx::query(
        "INSERT INTO provider_language (provider_id, language)
        SELECT $1, u FROM unnest($2::text[]) u ON CONFLICT DO NOTHING",
    )
    .bind(id.0)
    .bind(&codes)
    .execute(tx.connection())
    .await?;
    Ok(())
}

pub(super) async fn identifiers(tx: &mut Tx, id: ProviderId, list: &[Identifier]) -> Result<(), Error> {
    sqlx::query("DELETE FROM provider_identifier WHERE provider_id = $1")
        .bind(id.0)
        .execute(tx.connection())
        .await?;
    sqlx::query(
        "INSERT INTO provider_identifier (provider_id, position, type_code, value, state, issuer)
        SELECT $1, u.n::smallint, u.type_code, u.value, u.state, u.issuer
        FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])
            WITH ORDINALITY AS u (type_code, value, state, issuer, n)",
    )
    .bind(id.0)
    .bind(list.iter().map(|i| i.type_code.clone()).collect::<Vec<_>>())
    .bind(list.iter().map(|i| i.value.clone()).collect::<Vec<_>>())
    .bind(list.iter().map(|i| i.state.clone()).collect::<Vec<_>>())
    .bind(list.iter().map(|i| i.issuer.clone()).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}

pub(super) async fn other_names(tx: &mut Tx, id: ProviderId, list: &[OtherName]) -> Result<(), Error> {
    let part = |f: fn(&OtherName) -> &Option<String>| list.iter().map(|n| f(n).clone()).collect::<Vec<_>>();
    sqlx::query("DELETE FROM provider_other_name WHERE provider_id = $1")
        .bind(id.0)
        .execute(tx.connection())
        .await?;
    sqlx::query(
        "INSERT INTO provider_other_name (provider_id, position, type_code, name_prefix, first_name, middle_name,
            last_name, name_suffix, credential, organization_name, source)
        SELECT $1, u.n::smallint, u.type_code, u.prefix, u.first, u.middle, u.last, u.suffix, u.credential,
            u.organization, 'manual'
        FROM unnest($2::smallint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[])
            WITH ORDINALITY AS u (type_code, prefix, first, middle, last, suffix, credential, organization, n)",
    )
    .bind(id.0)
    .bind(list.iter().map(|n| n.type_code).collect::<Vec<_>>())
    .bind(part(|n| &n.name.prefix))
    .bind(part(|n| &n.name.first))
    .bind(part(|n| &n.name.middle))
    .bind(part(|n| &n.name.last))
    .bind(part(|n| &n.name.suffix))
    .bind(part(|n| &n.name.credential))
    .bind(part(|n| &n.name.organization))
    .execute(tx.connection())
    .await?;
    Ok(())
}

pub(super) async fn affiliations(tx: &mut Tx, id: ProviderId, list: &[Affiliation]) -> Result<(), Error> {
    sqlx::query("DELETE FROM provider_affiliation WHERE provider_id = $1")
        .bind(id.0)
        .execute(tx.connection())
        .await?;
    sqlx::query(
        "INSERT INTO provider_affiliation (provider_id, to_provider_id, role)
        SELECT $1, u.other, u.role FROM unnest($2::uuid[], $3::text[]) AS u (other, role)",
    )
    .bind(id.0)
    .bind(list.iter().map(|a| a.to.0).collect::<Vec<Uuid>>())
    .bind(list.iter().map(|a| a.role.clone()).collect::<Vec<_>>())
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// A location that is there: its id, and the parts of its address.
type Known = (Uuid, Vec<Option<String>>);

/// Locations keep their ids where the caller names them or gives their address again, for participations refer to them; others
/// come anew. One in place of the only one is that one, corrected: otherwise a new street would take the provider out of all
/// networks. What is not there any more is closed: who took part there does so until `today`.
pub(super) async fn locations(
    tx: &mut Tx,
    id: ProviderId,
    list: &[NewLocation],
    today: NaiveDate,
) -> Result<(), Error> {
    let known: Vec<Known> = sqlx::query_as(
        "SELECT id, ARRAY[line1, line2, city, state, postal_code] FROM provider_location WHERE provider_id = $1
        ORDER BY id",
    )
    .bind(id.0)
    .fetch_all(tx.connection())
    .await?;
    let is_known = |id: Uuid| known.iter().any(|(known, _)| *known == id);
    if let Some(n) = list.iter().position(|l| l.id.is_some_and(|id| !is_known(id.0))) {
        let message = "is no location of this provider; leave the id out for a new one";
        return Err(Error::Refused(Fault::new(
            format!("locations[{n}].id"),
            "unknown_location",
            message,
        )));
    }
    let ids = match (known.as_slice(), list) {
        ([(only, _)], [_]) => vec![Some(*only)],
        _ => placed(&known, list),
    };
    let kept: Vec<Uuid> = ids.iter().copied().flatten().collect();
    sqlx::query("SELECT set_config('app.closed_on', $1, true)")
        .bind(today.to_string())
        .execute(tx.connection())
        .await?;
    sqlx::query("DELETE FROM provider_location WHERE provider_id = $1 AND id <> ALL ($2)")
        .bind(id.0)
        .bind(kept)
        .execute(tx.connection())
        .await?;
    for (location, known) in list.iter().zip(ids) {
        write_location(tx, id, location, known).await?;
    }
    Ok(())
}

/// The id of each location that is there already: as named, or of the same address.
fn placed(known: &[Known], list: &[NewLocation]) -> Vec<Option<Uuid>> {
    let spelt = |text: Option<&str>| text.map(fold).unwrap_or_default();
    let mut ids: Vec<Option<Uuid>> = list.iter().map(|given| given.id.map(|id| id.0)).collect();
    for (n, given) in list.iter().enumerate().filter(|(_, given)| given.line1.is_some()) {
        if ids[n].is_some() {
            continue;
        }
        let address = [
            &given.line1,
            &given.line2,
            &given.city,
            &given.state,
            &given.postal_code,
        ];
        let address = address.map(|text| spelt(text.as_deref()));
        let same = |(id, parts): &&Known| {
            !ids.contains(&Some(*id))
                && parts
                    .iter()
                    .map(|part| spelt(part.as_deref()))
                    .eq(address.iter().cloned())
        };
        ids[n] = known.iter().find(same).map(|(id, _)| *id);
    }
    ids
}

/// A location that is there as given is left alone.
async fn write_location(tx: &mut Tx, id: ProviderId, location: &NewLocation, known: Option<Uuid>) -> Result<(), Error> {
    let quality = match (location.position_quality, location.point) {
        (Some(quality), _) => quality,
        (None, Some(_)) => PositionQuality::Given,
        (None, None) => PositionQuality::Unknown,
    };
    sqlx::query(
        "INSERT INTO provider_location AS l (provider_id, id, line1, line2, city, state, postal_code, county, country,
            lat_e7, lon_e7, position_quality, phone, fax, time_zone, hours, telehealth, accessibility, is_primary, source)
        VALUES ($1, coalesce($2, uuid_v7()), $3, $4, $5, $6, $7, $8, coalesce($9, 'US'), $10, $11, $12, $13, $14, $15, $16,
            $17, $18, $19, 'manual')
        ON CONFLICT (provider_id, id) DO UPDATE SET line1 = excluded.line1, line2 = excluded.line2, city = excluded.city,
            state = excluded.state, postal_code = excluded.postal_code, county = excluded.county,
            country = excluded.country, lat_e7 = excluded.lat_e7, lon_e7 = excluded.lon_e7,
            position_quality = excluded.position_quality, phone = excluded.phone, fax = excluded.fax,
            time_zone = excluded.time_zone, hours = excluded.hours, telehealth = excluded.telehealth,
            accessibility = excluded.accessibility, is_primary = excluded.is_primary, source = excluded.source
        WHERE (l.line1, l.line2, l.city, l.state, l.postal_code, l.county, l.country, l.lat_e7, l.lon_e7,
                l.position_quality, l.phone, l.fax, l.time_zone, l.hours, l.telehealth, l.accessibility, l.is_primary)
            IS DISTINCT FROM (excluded.line1, excluded.line2, excluded.city, excluded.state, excluded.postal_code,
                excluded.county, excluded.country, excluded.lat_e7, excluded.lon_e7, excluded.position_quality,
                excluded.phone, excluded.fax, excluded.time_zone, excluded.hours, excluded.telehealth,
                excluded.accessibility, excluded.is_primary)",
    )
    .bind(id.0)
    .bind(known)
    .bind(&location.line1)
    .bind(&location.line2)
    .bind(&location.city)
    .bind(&location.state)
    .bind(&location.postal_code)
    .bind(&location.county)
    .bind(&location.country)
    .bind(location.point.map(|p| p.lat_e7))
    .bind(location.point.map(|p| p.lon_e7))
    .bind(quality.code())
    .bind(&location.phone)
    .bind(&location.fax)
    .bind(&location.time_zone)
    .bind(Json(&location.hours))
    .bind(location.telehealth)
    .bind(location.accessibility.iter().map(|a| a.code()).collect::<Vec<_>>())
    .bind(location.primary)
    .execute(tx.connection())
    .await?;
    Ok(())
}
