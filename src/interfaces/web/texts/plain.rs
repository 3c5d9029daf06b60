//! Texts without values in them.

use super::Lang;

/// Writes a function of [`Lang`] for each text.
macro_rules! texts {
    ($($(#[$about:meta])* $name:ident: $en:literal, $es:literal;)+) => {
        impl Lang {
            $(
                $(#[$about])*
                #[doc = $en]
                pub const fn $name(self) -> &'static str {
                    match self {
                        Self::En => $en,
                        Self::Es => $es,
                    }
                }
            )+
        }
    };
}

texts! {
    filters: "Filters", "Filtros";
    narrow: "Narrow down", "Acotar";
    chosen_leave_out: "chosen: leave this out", "elegido: quitar";
    more_choices: "More", "Más";
    only_who: "Only providers who", "Solo proveedores que";
    take_new_patients: "take new patients", "aceptan pacientes nuevos";
    offer_telehealth: "offer telehealth", "ofrecen telemedicina";
    are_open_now: "are open now", "están abiertos ahora";
    specialty: "Specialty", "Especialidad";
    language: "Language", "Idioma";
    gender: "Gender", "Género";
    network: "Network", "Red";
    plan: "Plan", "Plan";
    kind: "Kind", "Tipo";
    listing: "Listing", "Estado en el directorio";
    state: "State", "Estado";
    women: "Women", "Mujeres";
    men: "Men", "Hombres";
    other_gender: "Neither", "Ninguno de los dos";
    people: "People", "Personas";
    houses: "Organizations", "Organizaciones";
    active: "Active", "Activo";
    inactive: "Inactive", "Inactivo";
    pending: "Pending", "Pendiente";
    map: "Map", "Mapa";
    map_numbers: "The numbers are those of the results; the points are as exact as their addresses.", "Los números son los de los resultados; los puntos son tan exactos como sus direcciones.";
    /// North, on the map.
    north: "N", "N";
}
