/* ReDoc on our own document; its few words of its own in French where the page is. */
"use strict";

const labels = {
  fr: {
    deprecated: "Obsolète",
    download: "Télécharger",
    downloadSpecification: "Télécharger le document OpenAPI",
    enum: "Valeurs",
    enumSingleValue: "Valeur",
    enumArray: "Éléments",
    default: "Par défaut",
    example: "Exemple",
    examples: "Exemples",
    recursive: "Récursif",
    arrayOf: "Liste de ",
    const: "Valeur",
    noResultsFound: "Aucun résultat",
  },
};

Redoc.init(
  "openapi.json",
  { hideDownloadButton: false, pathInMiddlePanel: true, labels: labels[document.documentElement.lang] },
  document.getElementById("page"),
);
