"""Addresses of the portal's frame, under /sell/."""

from django.urls import path

from sellers import payout_views, views

app_name = "sellers"

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("apply/", views.apply, name="apply"),
    path("apply/again/", views.resubmit, name="resubmit"),
    path("switch/", views.switch_store, name="switch_store"),
    path("store/", views.edit_store, name="edit_store"),
    path("hours/", views.edit_hours, name="edit_hours"),
    path("delivery/", views.edit_delivery, name="edit_delivery"),
    path("payout-destination/", payout_views.edit_payout_destination, name="edit_payout_destination"),
    path("payout-schedule/", payout_views.edit_payout_schedule, name="edit_payout_schedule"),
    path("not-me/<str:token>/", payout_views.dispute_destination, name="dispute_destination"),
]
