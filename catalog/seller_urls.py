"""Addresses of a store's products, under /sell/products/."""

from django.urls import path

from catalog import photo_views, seller_views

app_name = "catalog_seller"
urlpatterns = [
    path("", seller_views.list_products, name="list_products"),
    path("tile/", seller_views.tile, name="tile"),
    path("new/", seller_views.create_product, name="create_product"),
    path("<uuid:pk>/", seller_views.edit_product, name="edit_product"),
    path("<uuid:pk>/status/<slug:action>/", seller_views.change_status, name="change_status"),
    path("<uuid:pk>/variants/new/", seller_views.create_variant, name="create_variant"),
    path("<uuid:pk>/photos/", photo_views.add_photos, name="add_photos"),
    path("variants/<int:variant_id>/", seller_views.edit_variant, name="edit_variant"),
    path("variants/<int:variant_id>/quick/", seller_views.quick_edit, name="quick_edit"),
    path("variants/<int:variant_id>/withdraw/", seller_views.withdraw_variant, name="withdraw_variant"),
    path("photos/<int:photo_id>/", photo_views.describe_photo, name="describe_photo"),
    path("photos/<int:photo_id>/first/", photo_views.move_photo, name="move_photo"),
    path("photos/<int:photo_id>/remove/", photo_views.remove_photo, name="remove_photo"),
]
