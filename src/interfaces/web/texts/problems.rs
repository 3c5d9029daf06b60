//! What refusals are called, and what is wrong with a field of the form.

use super::Lang;
use crate::interfaces::http::problem::{Kind, Problem};
use crate::vocab::Fault;

impl Lang {
    /// What a kind of refusal is called.
    pub fn title(self, kind: Kind) -> &'static str {
        match self {
            Self::En => kind.title(),
            Self::Es => spanish(kind),
        }
    }

    /// What a refusal says beyond its title, where that is known in this language.
    pub fn detail(self, problem: &Problem) -> Option<&'static str> {
        match (self, problem.kind()) {
            (Self::En, _) => None,
            (Self::Es, Kind::NotFound) => Some("No hay nada en esta dirección, o nada que usted pueda ver."),
            (Self::Es, Kind::NotAllowed) => Some("Su cuenta no puede hacer esto."),
            (Self::Es, Kind::MethodNotAllowed) => Some("Esta dirección no se abre así."),
            (Self::Es, Kind::TooManyRequests) => Some("Pide más de lo que se permite en un minuto. Espere un poco."),
            (Self::Es, Kind::Unavailable | Kind::TimedOut | Kind::PositionNotReached) => {
                Some("Inténtelo de nuevo en un momento.")
            }
            (Self::Es, Kind::Internal) => Some("El fallo es nuestro. Inténtelo de nuevo más tarde."),
            (Self::Es, Kind::NotSignedIn) => {
                Some("El correo o la contraseña no son correctos, o la sesión ha terminado.")
            }
            (Self::Es, _) => None,
        }
    }

    /// What is wrong with a field, in words for who filled it in; none where only the fault's own words tell.
    pub fn fault(self, fault: &Fault) -> Option<&'static str> {
        let both = match fault.code {
            "unknown_place" => (
                "There is no such place here. Write a ZIP, or a city and its state.",
                "Aquí no se conoce ese lugar. Escriba un código postal, o una ciudad y su estado.",
            ),
            "unknown_specialty" => ("There is no such specialty.", "No existe esa especialidad."),
            "unknown_language" => ("There is no such language.", "No existe ese idioma."),
            "unknown_network" => ("There is no such network.", "No existe esa red."),
            "unknown_plan" => ("There is no such plan.", "No existe ese plan."),
            "invalid_cursor" => (
                "This page of results is not there any more. Search again.",
                "Esta página de resultados ya no existe. Busque de nuevo.",
            ),
            _ => return None,
        };
        Some(match self {
            Self::En => both.0,
            Self::Es => both.1,
        })
    }

    /// A field of the form as it is labelled.
    pub fn field(self, name: &str) -> Option<&'static str> {
        Some(match name {
            "q" => self.search(),
            "near" => self.where_at(),
            "radius" => self.distance(),
            "specialty" => self.specialty(),
            "language" => self.language(),
            "network" => self.network(),
            "plan" => self.plan(),
            "gender" => self.gender(),
            "state" => self.state(),
            "kind" => self.kind(),
            "accepting_new_patients" => self.new_patients(),
            "telehealth" => self.telehealth(),
            "open_at" => self.open_at(),
            "sort" => self.order(),
            "cursor" => self.page(),
            "npi" => self.npi(),
            _ => return None,
        })
    }
}

fn spanish(kind: Kind) -> &'static str {
    match kind {
        Kind::Merged => "Ahora es uno con otro proveedor",
        Kind::Malformed => "No se puede leer la solicitud",
        Kind::InvalidParameter => "Un valor no se entiende",
        Kind::UnknownParameter => "No se conoce un parámetro",
        Kind::NotSignedIn => "Hay que iniciar sesión",
        Kind::NotAllowed => "Esto no está permitido",
        Kind::NotFound => "No se encontró",
        Kind::MethodNotAllowed => "El método no es adecuado",
        Kind::TimedOut => "Tardó demasiado",
        Kind::Conflict => "Está en conflicto con lo que hay",
        Kind::StatusGuard => "El estado no se puede fijar",
        Kind::TransitionRefused => "El estado no puede cambiar así",
        Kind::NoLongerKept => "Ya no se guarda",
        Kind::VersionMismatch => "Ha cambiado desde que se leyó",
        Kind::TooLarge => "Es demasiado grande",
        Kind::NotAcceptable => "No existe en esa forma",
        Kind::UnsupportedMediaType => "No se acepta ese tipo de contenido",
        Kind::RuleRefused => "Una regla lo impide",
        Kind::TooCostly => "La búsqueda costaría demasiado",
        Kind::VersionRequired => "Hace falta If-Match",
        Kind::TooManyRequests => "Demasiadas solicitudes",
        Kind::Internal => "Algo falló aquí",
        Kind::Unavailable => "No disponible en este momento",
        Kind::PositionNotReached => "El cambio aún no ha llegado",
    }
}
