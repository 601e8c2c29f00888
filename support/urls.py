"""Help and the rules of the house."""

from django.urls import path

from support import views

app_name = "support"
urlpatterns = [
    path("help/", views.show_help, name="show_help"),
    path("help/paying/", views.show_paying, name="show_paying"),
    path("terms/", views.show_terms, name="show_terms"),
    path("privacy/", views.show_privacy, name="show_privacy"),
]
