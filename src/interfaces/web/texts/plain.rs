//! Texts of the pages without values in them, one a line: English, then Spanish.

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
    // The frame of every page.
    site: "Provider Directory", "Directorio de proveedores";
    skip: "Skip to content", "Ir al contenido";
    account: "Account", "Cuenta";
    sign_in: "Sign in", "Iniciar sesión";
    sign_out: "Sign out", "Cerrar sesión";
    administration: "Administration", "Administración";
    not_recorded: "What you search for is not recorded under your name or address. Call the office before a visit: listings change.", "Lo que usted busca no se guarda con su nombre ni su dirección. Llame al consultorio antes de ir: los datos cambian.";
    for_programs: "For programs", "Para programas";
    provider_portal: "Provider portal", "Portal de proveedores";
    new_search: "New search", "Nueva búsqueda";
    start_new_search: "Start a new search", "Empezar una búsqueda nueva";

    // The form.
    find: "Find a doctor, clinic or hospital", "Encuentre un médico, una clínica o un hospital";
    what: "Name, specialty, condition or NPI", "Nombre, especialidad, enfermedad o NPI";
    what_example: "heart doctor who speaks Spanish", "cardiólogo que habla español";
    where_at: "Where", "Dónde";
    where_example: "ZIP or City, ST", "Código postal o ciudad, ST";
    search: "Search", "Buscar";
    suggestions: "Suggestions", "Sugerencias";
    filters: "Filters", "Filtros";
    specialty_example: "Cardiology", "Cardiología";
    distance: "Distance", "Distancia";
    any_distance: "Any distance", "Cualquier distancia";
    any_language: "Any language", "Cualquier idioma";
    any_network: "Any network", "Cualquier red";
    any_gender: "Any gender", "Cualquier género";
    order: "Order", "Orden";
    best_match: "Best match", "Más relevantes";
    nearest: "Nearest", "Más cercanos";
    by_name: "Name", "Nombre";
    last_verified: "Last verified", "Última verificación";
    next_appointment: "Next appointment", "Próxima cita";
    try_these: "Try one of these", "Pruebe una de estas";
    page: "Page", "Página";
    new_patients: "New patients", "Pacientes nuevos";
    open_at: "Open", "Abierto";

    // Choices beside the results.
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
    listing: "Listing", "En el directorio";
    state: "State", "Estado";
    women: "Women", "Mujeres";
    men: "Men", "Hombres";
    other_gender: "Neither", "Otro género";
    people: "People", "Personas";
    houses: "Organizations", "Organizaciones";
    map: "Map", "Mapa";
    map_numbers: "The numbers are those of the results; the points are as exact as their addresses.", "Los números son los de los resultados; los puntos son tan exactos como sus direcciones.";
    /// North, on the map.
    north: "N", "N";

    // What was understood.
    understood_as: "Understood as", "Se entendió como";
    leave_out: "leave this out", "quitar";
    or: "or", "o";
    a_physician: "a physician of any kind", "un médico de cualquier tipo";
    a_woman: "a woman", "una mujer";
    a_man: "a man", "un hombre";
    takes_new_patients: "Takes new patients", "Acepta pacientes nuevos";
    /// Behind a name that is known in English only.
    in_english: "in English", "en inglés";
    no_new_patients: "No new patients", "No acepta pacientes nuevos";
    telehealth: "Telehealth", "Telemedicina";
    accessible: "accessible", "accesible";
    open_now: "open now", "abierto ahora";

    // Results.
    providers: "Providers", "Proveedores";
    nobody_found: "No providers found", "No se encontraron proveedores";
    did_you_mean: "Did you mean", "¿Quiso decir";
    looking_for: "Looking for", "¿Busca";
    other_meanings: "It may also mean", "También puede significar";
    nobody_fits: "Nobody in the directory fits all of that. You could", "Nadie en el directorio cumple todo eso. Usted puede";
    without_filters: "search again without filters", "buscar de nuevo sin filtros";
    elsewhere: "choose a larger distance or another place", "elegir una distancia mayor u otro lugar";
    fewer_words: "use fewer words, or only the family name", "usar menos palabras, o solo el apellido";
    start_again: "start again", "empezar de nuevo";
    no_appointments: "Nobody found here publishes free appointments, so they stand in the usual order.", "Nadie de los encontrados publica citas libres, así que están en el orden habitual.";
    pages: "Pages of results", "Páginas de resultados";
    first_page: "First page", "Primera página";
    next_page: "Next page", "Página siguiente";
    at_a_glance: "At a glance", "De un vistazo";
    active: "In network", "En la red";
    inactive: "Not in network", "Fuera de la red";
    pending: "Not in network yet", "Todavía no en la red";
    not_verified: "Not verified", "Sin verificar";
    not_verified_lately: "Not verified lately", "Sin verificar últimamente";
    nickname: "Nickname", "Apodo";
    by_initial: "By initial", "Por inicial";
    sounds_alike: "Sounds alike", "Suena parecido";
    similar_spelling: "Similar spelling", "Se escribe parecido";
    also_known_as: "Also known as", "También conocido como";
    formerly: "Formerly", "Antes";
    also: "also", "también";
    speaks: "Speaks", "Habla";
    networks: "Networks", "Redes";
    npi: "NPI", "NPI";
    at_a_clinic: "at a clinic named in their listing", "en una clínica que nombra su ficha";
    npi_wrong: "There is no such NPI. Did you mean", "No existe ese NPI. ¿Quiso decir";
    rough: "distance is measured from the middle of the town", "la distancia se mide desde el centro de la localidad";
    local_time: "local time", "hora local";

    // A provider's page.
    back_to_results: "Back to the results", "Volver a los resultados";
    not_all_details: "Not all details can be shown right now.", "Ahora mismo no se pueden mostrar todos los datos.";
    about: "About", "Acerca de";
    specialties: "Specialties", "Especialidades";
    licensed_in: "licensed in", "con licencia en";
    reference: "Reference", "Referencia";
    place: "Place", "Lugar";
    places: "Places", "Lugares";
    no_place: "No place of practice is known.", "No se conoce ningún lugar de consulta.";
    practises_at: "Practises at", "Atiende en";
    report_wrong: "Report something wrong in this listing", "Avisar de un error en esta ficha";
    opening_hours: "Opening hours", "Horario";
    to: "to", "a";
    on_a_map: "Show on a map (OpenStreetMap)", "Ver en un mapa (OpenStreetMap)";
    accessibility: "Accessibility", "Accesibilidad";
    ada: "meets the ADA's rules", "cumple las normas de la ADA";
    step_free: "handicap accessible", "acceso para personas con discapacidad";
    mobility: "services for mobility impairment", "servicios para la movilidad reducida";
    cognitive: "services for cognitive impairment", "servicios para el deterioro cognitivo";
    transit: "public transit", "transporte público";
    answering: "answering service", "servicio de contestación";
    cultural: "cultural competence", "competencia cultural";
    woman: "Woman", "Mujer";
    man: "Man", "Hombre";

    // A wrong listing.
    report_title: "Report a wrong listing", "Avisar de un error en una ficha";
    report_asks: "Is the telephone number dead, has the office moved, are no new patients taken? Say what is wrong about the listing of", "¿El teléfono no funciona, el consultorio se mudó, no se aceptan pacientes nuevos? Diga qué está mal en la ficha de";
    report_then: "Somebody calls the office and puts it right.", "Alguien llamará al consultorio y la corregirá.";
    report_text: "What is wrong?", "¿Qué está mal?";
    report_contact: "How can you be reached, if you like? An email address or a telephone number", "¿Cómo podemos comunicarnos con usted, si lo desea? Un correo electrónico o un teléfono";
    report_send: "Send the report", "Enviar el aviso";
    report_no_health: "Write nothing here about your health. In an emergency call 911.", "No escriba aquí nada sobre su salud. En una emergencia llame al 911.";
    report_empty: "Say what is wrong.", "Diga qué está mal.";
    report_too_long: "This is too long: say it in fewer words.", "Es demasiado largo: dígalo con menos palabras.";
    your_report: "Your report", "Su aviso";
    report_came_in: "Came in", "Recibido";
    report_looked_at: "Looked at", "Revisado";
    report_looked_at_by: "Looked at by", "Se revisará antes del";
    report_outcome: "What came of it", "Resultado";
    report_keep: "Only who knows the address of this page sees it. Keep it to see what becomes of your report.", "Solo ve esta página quien conoce su dirección. Guárdela para ver qué pasa con su aviso.";
    report_open: "Thank you. The report has come in, and somebody looks at it.", "Gracias. El aviso ha llegado y alguien lo revisará.";
    report_applied: "The listing was wrong, and is put right.", "La ficha estaba mal y se ha corregido.";
    report_rejected: "Somebody has looked at it; the listing stays as it is.", "Alguien lo ha revisado; la ficha queda como está.";

    // A link that somebody was sent.
    link_is_dead: "This link does not work any more", "Este enlace ya no sirve";
    link_is_dead_why: "It is unknown, or has expired. Ask whoever sent it for a new one.", "No se conoce o ha caducado. Pida uno nuevo a quien se lo envió.";

    // Signing in.
    signed_in: "You are signed in", "Ha iniciado sesión";
    your_account: "Your account", "Su cuenta";
    search_directory: "Search the directory", "Buscar en el directorio";
    no_other_pages: "For your account there are no other pages; programs use it by the interface.", "Para su cuenta no hay otras páginas; la usan programas por la interfaz.";
    session_ended: "Sign in to go on. If you were signed in, your session has ended; what was not sent before is not kept.", "Inicie sesión para seguir. Si ya la había iniciado, ha terminado; lo que no se envió antes no se guarda.";
    email: "Email address", "Correo electrónico";
    password: "Password", "Contraseña";
    searching: "Searching the directory", "Buscar en el directorio";
    no_account_needed: "needs no account. People of outside providers sign in at the", "no requiere cuenta. Las personas de proveedores externos inician sesión en el";
    provider_portal_small: "provider portal", "portal de proveedores";
    give_both: "Give your address and your password.", "Escriba su correo y su contraseña.";
    not_signed_in: "You are not signed in", "No ha iniciado sesión";
    begin_again: "Begin again", "Empezar de nuevo";

    // Refusals.
    not_understood: "The search was not understood.", "No se entendió la búsqueda.";
    asks_too_much: "The search asks for too much.", "La búsqueda pide demasiado.";
    did_you_mean_these: "Did you mean one of these?", "¿Quiso decir uno de estos?";
}
