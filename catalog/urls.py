"""Addresses of the shop window."""

from django.urls import include, path

from catalog import views

shop = [
    path("c/<slug:slug>/", views.show_category, name="show_category"),
    path("search/", views.search, name="search"),
    path("p/<slug:slug>/", views.show_product, name="show_product"),
    path("stores/", views.list_sellers, name="list_sellers"),
    path("stores/<slug:slug>/", views.show_store, name="show_store"),
    path("wishlist/", views.list_wishes, name="list_wishes"),
    path("wishlist/<uuid:product_id>/", views.toggle_wish, name="toggle_wish"),
]
urlpatterns = [
    path("", views.show_home, name="home"),
    path("", include((shop, "catalog"))),
]
