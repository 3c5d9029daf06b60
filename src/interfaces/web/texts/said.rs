//! Texts with values in them: how many, which, how far.

use super::Lang;

impl Lang {
    /// What the map shows, for who does not see it.
    pub fn map_of(self, results: usize, place: Option<&str>) -> String {
        match (self, results, place) {
            (Self::En, 1, Some(place)) => format!("Map of 1 result around {place}"),
            (Self::En, n, Some(place)) => format!("Map of {n} results around {place}"),
            (Self::En, n, None) => format!("Map of {n} results"),
            (Self::Es, 1, Some(place)) => format!("Mapa de 1 resultado alrededor de {place}"),
            (Self::Es, n, Some(place)) => format!("Mapa de {n} resultados alrededor de {place}"),
            (Self::Es, n, None) => format!("Mapa de {n} resultados"),
        }
    }

    /// How many of the results are not on the map.
    pub fn map_without(self, results: usize) -> String {
        match (self, results) {
            (Self::En, 1) => "Where 1 of them is, is not known.".to_owned(),
            (Self::En, n) => format!("Where {n} of them are, is not known."),
            (Self::Es, 1) => "No se sabe dónde está 1 de ellos.".to_owned(),
            (Self::Es, n) => format!("No se sabe dónde están {n} de ellos."),
        }
    }

    /// A distance on the map.
    pub fn miles_short(self, miles: f64) -> String {
        match self {
            Self::En | Self::Es => format!("{miles} mi"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_one_in_both_languages() {
        assert_eq!(
            Lang::En.map_of(1, Some("Houston, TX")),
            "Map of 1 result around Houston, TX"
        );
        assert_eq!(Lang::Es.map_of(2, None), "Mapa de 2 resultados");
        assert_eq!(Lang::Es.map_without(1), "No se sabe dónde está 1 de ellos.");
        assert_eq!(Lang::En.miles_short(0.25), "0.25 mi");
    }
}
