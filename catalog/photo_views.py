"""The pictures of a store's product: add, describe, order, remove."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from catalog import photos
from catalog.forms import AltForm, PicturesForm
from catalog.models import Photo, Product
from marketplace.throttling import throttle
from sellers.access import SellerRequest, seller_required


@throttle("upload")
@seller_required
@require_POST
def add_photos(request: SellerRequest, pk: uuid.UUID) -> HttpResponse:
    product = get_object_or_404(Product, seller=request.seller, pk=pk)
    form = PicturesForm(request.POST, request.FILES)
    if not form.is_valid():
        context = {"product": product, "pictures_form": form, "photos": product.photos.all()}
        return render(request, "catalog/seller_photos.html", context, status=422)
    try:
        for picture in form.cleaned_data["pictures"]:
            photos.add(product, picture, alt="")
    except photos.TooManyPhotos:
        messages.error(request, _("At most %(most)s pictures.") % {"most": photos.MAX_PHOTOS})
    else:
        messages.success(request, _("Thank you: the pictures appear in a moment."))
    return _back(product)


@throttle("write")
@seller_required
@require_POST
def describe_photo(request: SellerRequest, photo_id: int) -> HttpResponse:
    photo = _own(request, photo_id)
    form = AltForm(request.POST)
    if form.is_valid():
        photos.describe(photo, form.cleaned_data["alt"])
    else:
        messages.error(request, _("That text cannot be used."))
    return _back(photo.product)


@throttle("write")
@seller_required
@require_POST
def move_photo(request: SellerRequest, photo_id: int) -> HttpResponse:
    """First place: the picture that lists show."""
    photo = _own(request, photo_id)
    photos.arrange(photo.product, [photo.pk])
    return _back(photo.product)


@throttle("write")
@seller_required
@require_POST
def remove_photo(request: SellerRequest, photo_id: int) -> HttpResponse:
    photo = _own(request, photo_id)
    photos.remove(photo)
    return _back(photo.product)


def _own(request: SellerRequest, photo_id: int) -> Photo:
    own = Photo.objects.filter(product__seller=request.seller).select_related("product")
    return get_object_or_404(own, pk=photo_id)


def _back(product: Product) -> HttpResponse:
    return redirect(reverse("catalog_seller:edit_product", args=[product.pk]) + "#photos")
