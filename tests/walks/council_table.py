"""Who may open the addresses of the council, Plattformen, documents and the action plan."""

PEOPLE = ["anonymous", "utvecklingsledare", "iop", "sekreterare", "registrator", "administrator"]
PEOPLE += ["chair", "auditor", "former"]  # with a seat on the board: deciding, reading only, and ended yesterday

# GET, in the order of PEOPLE; addresses that are answered alike stand together. 302 for the anonymous is to sign in.
GROUPS = {
    "200 200 200 200 200 200 200 200 200": """
        plattformen/medlem/<str:token>/dokument/<int:pk>/
        kallelse/<str:token>/handling/<int:pk>/
        justering/<str:token>/protokoll.pdf
        justering/<str:token>/fil/
        justering/<str:token>/handling/<int:pk>/
        dokument/
        dokument/atom.xml
        dokument/<int:pk>/
        dokument/<int:pk>/<str:filnamn>
        overenskommelsen/handlingsplan/
        radet/
        radet/atom.xml
        radet/moten/
        radet/moten/<slug:slug>/
        radet/moten/<slug:slug>/protokoll.pdf
        radet/moten/<slug:slug>/kalender.ics
        kalender/radet.ics
        kalender/plattformen.ics
        kalender/styrelsen/<str:token>.ics
        dialogkonferens/<int:year>/kalender.ics
        plattformen/
        plattformen/styrelsen/
        plattformen/bli-medlem/
        plattformen/ny-lank/
        plattformen/medlem/<str:token>/
        plattformen/medlem/<str:token>/aterkalla/
        plattformen/medlem/<str:token>/uttrade/
        plattformen/medlem/<str:token>/moten/<int:pk>/
        plattformen/medlem/<str:token>/moten/<int:pk>/protokoll.pdf
        plattformen/moten/<slug:body>/<slug:slug>/
        plattformen/moten/<slug:body>/<slug:slug>/protokoll.pdf
        kallelse/<str:token>/
        kallelse/<str:token>/kallelse.pdf
        kallelse/<str:token>/kalender.ics
        justering/<str:token>/
        justering/<str:token>/andra/
        dialogkonferens/
        dialogkonferens/<int:year>/
        dialogkonferens/<int:year>/anmalan/
        dialogkonferens/anmalan/<str:token>/
        dialogkonferens/anmalan/<str:token>/avanmal/
    """,
    "302 403 403 403 403 403 200 403 403": """
        plattformen/styrelserum/dialogkonferens/<int:year>/dokumentation/
        plattformen/styrelserum/dialogkonferens/<int:year>/forslag/nytt/
        plattformen/styrelserum/dialogkonferens/<int:year>/<slug:step>/
        plattformen/styrelserum/dokument/nytt/
        plattformen/styrelserum/dokument/<int:pk>/andra/
        plattformen/styrelserum/dokument/<int:pk>/ny-version/
        plattformen/styrelserum/dokument/<int:pk>/lamna-over/
        plattformen/styrelserum/medlemmar/lagg-till/
        plattformen/styrelserum/medlemmar/<int:pk>/kontakt/
        plattformen/styrelserum/medlemmar/<int:pk>/<slug:step>/
        plattformen/styrelserum/handlingsplan/<int:pk>/
        plattformen/styrelserum/nomineringar/ny/
        plattformen/styrelserum/nomineringar/<int:pk>/nominera/
        plattformen/styrelserum/nomineringar/<int:pk>/inte-aktuell/
        plattformen/styrelserum/styrelsen/ny/
        plattformen/styrelserum/styrelsen/<int:pk>/avsluta/
        plattformen/styrelserum/styrelsen/<int:pk>/uppgifter/
        plattformen/styrelserum/dialogkonferens/ny/
        plattformen/styrelserum/dialogkonferens/<int:year>/andra/
        plattformen/styrelserum/dialogkonferens/<int:year>/anmalda/
        plattformen/styrelserum/dialogkonferens/<int:year>/anmalda.csv
        plattformen/styrelserum/dialogkonferens/<int:year>/anmalda/<int:pk>/avanmal/
        plattformen/styrelserum/dialogkonferens/<int:year>/forslag/<int:pk>/
        plattformen/styrelserum/dialogkonferens/<int:year>/forslag/<int:pk>/ta-bort/
    """,
    "302 403 403 403 403 403 200 200 403": """
        plattformen/styrelserum/arkiv/mote/<int:pk>/<slug:kind>/
        plattformen/styrelserum/
        plattformen/styrelserum/kalender/
        plattformen/styrelserum/nedladdat/
        plattformen/styrelserum/arkiv/
        plattformen/styrelserum/arkiv/<int:year>/
        plattformen/styrelserum/arkiv/<int:year>/allt.zip
        plattformen/styrelserum/arkiv/mote/<int:pk>/allt.zip
        plattformen/styrelserum/dokument/
        plattformen/styrelserum/dokument/<int:pk>/
        plattformen/styrelserum/ansokningar/
        plattformen/styrelserum/medlemmar/
        plattformen/styrelserum/medlemmar.csv
        plattformen/styrelserum/medlemmar/<int:pk>/
        plattformen/styrelserum/handlingsplan/
        plattformen/styrelserum/nomineringar/
        plattformen/styrelserum/nomineringar/<int:pk>/
        plattformen/styrelserum/styrelsen/
        plattformen/styrelserum/dialogkonferens/
        plattformen/styrelserum/dialogkonferens/<int:year>/
    """,
    "302 403 403 200 403 403 404 403 403": """
        motesrum/<int:pk>/protokoll/versioner/<int:number>/
        motesrum/<int:pk>/protokoll/fil/visa/
        motesrum/nytt/<slug:slug>/
        motesrum/<int:pk>/
        motesrum/<int:pk>/redigera/
        motesrum/<int:pk>/kalla/
        motesrum/<int:pk>/stall-in/
        motesrum/<int:pk>/narvaro/
        motesrum/<int:pk>/protokoll/
        motesrum/<int:pk>/protokoll/granska/
        motesrum/<int:pk>/protokoll/versioner/
        motesrum/<int:pk>/protokoll/fil/
        motesrum/<int:pk>/protokoll/justering/
        motesrum/<int:pk>/protokoll/ta-tillbaka/
        motesrum/<int:pk>/publicera/
        motesrum/<int:pk>/avpublicera/
        motesrum/<int:pk>/ratta/
    """,
    "302 403 403 403 403 403 403 403 403": """
        admin/council/body/add/
        admin/council/body/<path:object_id>/delete/
        admin/council/term/<path:object_id>/delete/
        admin/council/meeting/add/
        admin/council/meeting/<path:object_id>/delete/
        admin/council/nomination/add/
        admin/council/nomination/<path:object_id>/delete/
        admin/organisations/person/<path:object_id>/delete/
        admin/council/seat/<path:object_id>/delete/
        admin/agreement/actionplan/<path:object_id>/delete/
        admin/agreement/actionitem/<path:object_id>/delete/
        admin/documents/document/<path:object_id>/delete/
    """,
    "302 200 403 200 200 200 403 403 403": """
        admin/council/body/
        admin/council/body/<path:object_id>/history/
        admin/council/body/<path:object_id>/change/
        admin/council/term/
        admin/council/term/<path:object_id>/history/
        admin/council/term/<path:object_id>/change/
    """,
    "302 200 200 200 200 200 403 403 403": """
        admin/council/seat/
        admin/^(?P<app_label>pages|retention|council|organisations|iop|agreement|documents|accounts|casework)/$
    """,
    "302 200 302 200 200 200 403 403 403": """
        admin/council/seat/<path:object_id>/history/
        admin/council/seat/<path:object_id>/change/
    """,
    "302 302 302 302 302 302 403 403 403": """
        admin/council/body/<path:object_id>/
        admin/council/term/<path:object_id>/
        admin/council/meeting/<path:object_id>/
        admin/council/nomination/<path:object_id>/
        admin/organisations/person/<path:object_id>/
        admin/council/seat/<path:object_id>/
        admin/agreement/actionplan/<path:object_id>/
        admin/agreement/actionitem/<path:object_id>/
        admin/documents/document/<path:object_id>/
    """,
    "302 200 403 200 200 403 403 403 403": """
        admin/council/meeting/<int:pk>/protokoll/
        admin/council/meeting/
        admin/council/meeting/<path:object_id>/history/
        admin/council/nomination/
        admin/council/nomination/<path:object_id>/change/
    """,
    "302 200 200 200 200 403 403 403 403": """
        admin/documents/document/
        admin/documents/document/<path:object_id>/history/
        admin/documents/document/<path:object_id>/change/
        admin/agreement/actionplan/
        admin/agreement/actionplan/<path:object_id>/history/
        admin/agreement/actionplan/<path:object_id>/change/
        admin/agreement/actionitem/
        admin/agreement/actionitem/<path:object_id>/change/
    """,
    "302 302 403 302 302 403 403 403 403": """
        admin/council/nomination/<path:object_id>/history/
    """,
    "302 302 302 302 302 403 403 403 403": """
        admin/agreement/actionitem/<path:object_id>/history/
    """,
    "302 403 403 302 403 403 404 403 403": """
        motesrum/<int:pk>/handlingsplan/
        motesrum/<int:pk>/handling/ny/
        motesrum/<int:pk>/handling/valj/
        motesrum/<int:pk>/handling/<int:item>/<int:document>/ta-bort/
        motesrum/<int:pk>/brev/<int:letter>/skicka/
        motesrum/<int:pk>/lamna-over/
    """,
    "302 200 403 403 403 403 403 403 403": """
        admin/agreement/actionplan/add/
        admin/agreement/actionitem/<int:pk>/start/
        admin/agreement/actionitem/<int:pk>/finish/
        admin/agreement/actionitem/<int:pk>/drop/
        admin/agreement/actionitem/add/
    """,
    "302 403 403 200 403 200 403 403 403": """
        admin/council/term/add/
        admin/organisations/person/add/
    """,
    "302 403 404 200 403 200 403 403 403": """
        admin/council/seat/<int:pk>/avsluta/
    """,
    "302 403 200 200 403 200 403 403 403": """
        admin/council/seat/add/
    """,
    "302 403 200 200 200 200 403 403 403": """
        admin/organisations/person/
    """,
    "302 403 302 200 200 200 403 403 403": """
        admin/organisations/person/<path:object_id>/history/
        admin/organisations/person/<path:object_id>/change/
    """,
    "302 302 302 302 302 302 302 302 302": """
        justering/<str:token>/byt-person/
        dialogkonferens/anmalan/<str:token>/behov/
    """,
    "302 403 403 200 403 403 403 403 403": """
        admin/council/nomination/<int:pk>/appoint/
        admin/council/nomination/<int:pk>/not_appoint/
    """,
    "302 200 403 200 403 403 403 403 403": """
        admin/agreement/actionitem/<int:pk>/follow_up/
    """,
    "302 200 200 200 403 403 403 403 403": """
        admin/documents/document/<int:pk>/ny-version/
        admin/documents/document/add/
    """,
    "302 403 403 403 403 403 405 403 403": """
        plattformen/styrelserum/brev/<int:pk>/skicka-igen/
    """,
    "302 403 403 200 403 403 200 403 403": """
        motesrum/
    """,
    "302 403 403 200 403 403 404 404 403": """
        motesrum/<int:pk>/fil/<slug:kind>
    """,
    "302 403 403 405 403 403 404 403 403": """
        motesrum/<int:pk>/protokoll/paminn/
    """,
    "302 200 403 302 200 403 403 403 403": """
        admin/council/meeting/<path:object_id>/change/
    """,
}
TABLE = {route: row for row, routes in GROUPS.items() for route in routes.split()}
