"""Addresses of a person's own pages, under /account/."""

from django.urls import path

from marketplace.accounts import views

app_name = "accounts"

urlpatterns = [
    path("", views.profile, name="profile"),
    path("security/", views.show_security, name="show_security"),
    path("addresses/", views.list_addresses, name="list_addresses"),
    path("addresses/new/", views.add_address, name="add_address"),
    path("addresses/<int:address_id>/", views.edit_address, name="edit_address"),
    path("addresses/<int:address_id>/prefer/", views.prefer_address, name="prefer_address"),
    path("addresses/<int:address_id>/remove/", views.remove_address, name="remove_address"),
]
