"""Who may open the addresses of partnerships, of the yearly report and of the gaps."""

ROLES = ["utvecklingsledare", "iop", "styrelse", "sekreterare", "registrator", "administrator"]
SEATS = ["chair", "member", "auditor", "former", "coming"]  # on the board; one until yesterday, and one from tomorrow
PEOPLE = ["anonymous", *ROLES, "superuser", *SEATS]

EVERYBODY = frozenset(PEOPLE)
OFFICERS = frozenset({"iop", "superuser"})
READERS = OFFICERS | {"utvecklingsledare", "registrator"}
STAFF = READERS | {"sekreterare", "administrator"}
NOBODY = frozenset[str]()

# Who comes in, what GET answers them and what an empty POST does. The others sign in (302) or are refused (403).
DOORS: list[tuple[frozenset[str], int, int, str]] = [
    (EVERYBODY, 200, 405, """
        iop/
        iop/passar-iop/
        iop/passar-iop/pm.pdf
        iop/foresla/
        iop/<slug:slug>/
        iop/styrgrupp/<slug:body>/<slug:slug>/
        iop/styrgrupp/<slug:body>/<slug:slug>/protokoll.pdf
        iop/styrgrupp/<slug:body>/<slug:slug>/kalender.ics
        iop/part/<str:token>/avtal.pdf
        overenskommelsen/<int:year>/arsrapport/
        overenskommelsen/<int:year>/arsrapport.pdf
    """),
    (EVERYBODY, 200, 200, """
        iop/part/<str:token>/
    """),
    (EVERYBODY, 200, 422, """
        iop/foresla/borja/
        iop/foresla/ny-lank/
        iop/part/<str:token>/steg/<slug:step>/
        iop/part/<str:token>/granska/
        iop/part/<str:token>/avbryt/
        iop/part/<str:token>/kriterier/
        iop/part/<str:token>/insatser/
        iop/part/<str:token>/undertecknare/
        iop/part/<str:token>/uppfoljning/
        iop/underskrift/<str:token>/
        iop/underskrift/<str:token>/avboj/
    """),
    (EVERYBODY, 200, 409, """
        iop/part/<str:token>/uppfoljning/godkann/
    """),
    (EVERYBODY, 302, 302, """
        iop/underskrift/<str:token>/byt-person/
    """),
    (STAFF, 200, 405, """
        admin/luckor/
    """),
    (READERS, 200, 200, """
        admin/iop/partnership/
        admin/iop/partnership/<path:object_id>/change/
        admin/iop/partnership/<int:pk>/fil/<int:file_pk>/
    """),
    (READERS, 302, 302, """
        admin/iop/partnership/<path:object_id>/history/
    """),
    (OFFICERS, 200, 200, """
        admin/iop/partnership/<int:pk>/open_dialogue/
        admin/iop/partnership/<int:pk>/draft_agreement/
        admin/iop/partnership/<int:pk>/submit/
        admin/iop/partnership/<int:pk>/decide/
        admin/iop/partnership/<int:pk>/reopen/
        admin/iop/partnership/<int:pk>/begin_follow_up/
        admin/iop/partnership/<int:pk>/renegotiate/
        admin/iop/partnership/<int:pk>/abandon/
        admin/iop/partnership/<int:pk>/decline/
        admin/iop/partnership/<int:pk>/cancel/
        admin/iop/partnership/<int:pk>/terminate/
        admin/iop/partnership/<int:pk>/translate/
        admin/iop/partnership/<int:pk>/assign/
        admin/iop/partnership/<int:pk>/change_terms/
        admin/iop/partnership/<int:pk>/add_party/
        admin/iop/partnership/<int:pk>/change_contact/<int:row_pk>/
        admin/iop/partnership/<int:pk>/remove_party/<int:row_pk>/
        admin/iop/partnership/<int:pk>/change_indicators/
        admin/iop/partnership/<int:pk>/publish/<int:row_pk>/
        admin/iop/partnership/<int:pk>/unpublish/<int:row_pk>/
        admin/iop/partnership/<int:pk>/form_steering_group/
        admin/iop/partnership/<int:pk>/add_seat/
        admin/iop/partnership/<int:pk>/end_seat/<int:row_pk>/
        admin/iop/partnership/<int:pk>/link_agenda_items/
    """),
    (STAFF, 302, 302, """
        admin/iop/partnership/<path:object_id>/
    """),
    (NOBODY, 403, 403, """
        admin/iop/partnership/add/
        admin/iop/partnership/<path:object_id>/delete/
    """),
]  # fmt: skip
TABLE = {route: (who, get, post) for who, get, post, routes in DOORS for route in routes.split()}
CASE = "admin/iop/partnership/<int:pk>/"
BY_LINK = [route for route in TABLE if "<str:token>" in route]
WITH_A_FORM = ["iop/foresla/borja/", "iop/foresla/ny-lank/", *BY_LINK]
