from django.urls import path

from .views import minutes, publishing, sign_off

WORK = "motesrum/<int:pk>"

urlpatterns = [
    path("justering/<str:token>/", sign_off.sign, name="sign_off"),
    path("justering/<str:token>/andra/", sign_off.decline, name="sign_off_decline"),
    path("justering/<str:token>/byt-person/", sign_off.switch_person, name="sign_off_switch_person"),
    path("justering/<str:token>/protokoll.pdf", sign_off.signed_pdf, name="sign_off_pdf"),
    path("justering/<str:token>/fil/", sign_off.file, name="sign_off_file"),
    path("justering/<str:token>/handling/<int:pk>/", sign_off.paper, name="sign_off_paper"),
    path(f"{WORK}/protokoll/", minutes.write, name="work_minutes"),
    path(f"{WORK}/protokoll/granska/", minutes.preview, name="work_minutes_preview"),
    path(f"{WORK}/protokoll/versioner/", minutes.revisions, name="work_minutes_revisions"),
    path(f"{WORK}/protokoll/versioner/<int:number>/", minutes.revision, name="work_minutes_revision"),
    path(f"{WORK}/protokoll/fil/", minutes.file, name="work_minutes_file"),
    path(f"{WORK}/protokoll/fil/visa/", minutes.show_file, name="work_minutes_file_show"),
    path(f"{WORK}/protokoll/justering/", minutes.draw_up, name="work_draw_up"),
    path(f"{WORK}/protokoll/paminn/", minutes.remind, name="work_remind"),
    path(f"{WORK}/protokoll/ta-tillbaka/", minutes.reopen, name="work_reopen"),
    path(f"{WORK}/publicera/", publishing.publish, name="work_publish"),
    path(f"{WORK}/avpublicera/", publishing.unpublish, name="work_unpublish"),
    path(f"{WORK}/ratta/", publishing.correct, name="work_correct"),
    path(f"{WORK}/lamna-over/", publishing.hand_over, name="work_hand_over"),
]
