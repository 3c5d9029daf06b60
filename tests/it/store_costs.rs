//! What a change reads of the store: as much among many providers as among few.

use provider_directory::{index::schema::Handle, intake::load};
use sqlx::{Connection, Row};

use crate::house::{House, noon};

/// More than fit where reading all of them is the cheapest way.
const PROVIDERS: u64 = 2_000;

#[tokio::test]
async fn a_change_of_one_reads_no_others() {
    let house = House::open().await;
    load::networks(&house.store).await.expect("networks");
    load::synthetic(
        &house.store,
        &Handle::embedded().lexicon(),
        PROVIDERS,
        1,
        noon(),
        |_| {},
    )
    .await
    .expect("loaded");
    house.sql("ANALYZE").await;
    let mut owner = house.owner().await;
    let one = "(SELECT provider_id FROM participation WHERE status = 'ACTIVE' ORDER BY provider_id LIMIT 1)";
    let one: sqlx::types::Uuid = sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT {one}")))
        .fetch_one(&mut owner)
        .await
        .expect("somebody takes part");
    for change in [
        "UPDATE provider SET phone = '2125550100', last_name = 'Changed' WHERE id = $1",
        "UPDATE participation SET accepting = 'existptonly' WHERE provider_id = $1",
        "UPDATE provider_location SET phone = '2125550101' WHERE provider_id = $1",
        "DELETE FROM provider_language WHERE provider_id = $1",
        "DELETE FROM participation WHERE provider_id = $1",
    ] {
        let mut tx = owner.begin().await.expect("begun");
        sqlx::query(change).bind(one).execute(&mut *tx).await.expect("changed");
        let read = sqlx::query(
            "SELECT relname::text, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables
            WHERE seq_tup_read + coalesce(idx_tup_fetch, 0) >= $1",
        )
        .bind(PROVIDERS.cast_signed() / 4)
        .fetch_all(&mut *tx)
        .await
        .expect("counted");
        let read: Vec<(String, i64)> = read.iter().map(|row| (row.get(0), row.get(1))).collect();
        assert!(read.is_empty(), "{change} reads {read:?}");
        tx.commit().await.expect("committed");
    }
}
