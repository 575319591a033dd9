// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Holds namespaces to their ResourceQuotas: counts of objects, and the storage that claims ask for.
 */
final class Quotas {
  private static final String BY_CLASS = ".storageclass.storage.k8s.io/";

  private final LabStore store;
  private final ResourceTable table;
  private final ResourceType quotas;

  Quotas(LabStore store, ResourceTable table) {
    this.store = store;
    this.table = table;
    this.quotas = table.named("resourcequotas");
  }

  /** 403 when the new object would take more than is left. */
  void admit(ResourceType type, ObjectNode object) {
    for (ObjectNode quota : store.stored(quotas, Json.namespace(object))) {
      List<String> requested = new ArrayList<>();
      List<String> used = new ArrayList<>();
      List<String> limited = new ArrayList<>();
      limits(quota)
          .forEach((resource, limit) -> {
            BigDecimal asks = cost(type, object, resource);
            BigDecimal taken = used(Json.namespace(object), resource);
            if (asks.signum() > 0 && taken.add(asks).compareTo(Quantity.parse(limit)) > 0) {
              requested.add(resource + "=" + Quantity.format(asks));
              used.add(resource + "=" + Quantity.format(taken));
              limited.add(resource + "=" + limit);
            }
          });
      if (!requested.isEmpty()) {
        throw ApiFailure.forbidden(
            type,
            Json.name(object),
            "exceeded quota: "
                + Json.name(quota)
                + ", requested: "
                + String.join(",", requested)
                + ", used: "
                + String.join(",", used)
                + ", limited: "
                + String.join(",", limited));
      }
    }
  }

  /** Writes into each quota's status what is used now. */
  void account() {
    for (ObjectNode quota : store.stored(quotas, "")) {
      store.alone(() -> {
        ObjectNode current = store.stored(quotas, Json.namespace(quota), Json.name(quota));
        if (current == null) {
          return false;
        }
        ObjectNode next = current.deepCopy();
        ObjectNode status = next.putObject("status");
        ObjectNode hard = status.putObject("hard");
        ObjectNode used = status.putObject("used");
        limits(current)
            .forEach((resource, limit) -> {
              hard.put(resource, limit);
              used.put(resource, Quantity.format(used(Json.namespace(current), resource)));
            });
        if (!Json.same(current, next)) {
          store.put(quotas, next);
        }
        return true;
      });
    }
  }

  private static Map<String, String> limits(ObjectNode quota) {
    Map<String, String> limits = new TreeMap<>();
    quota
        .path("spec")
        .path("hard")
        .properties()
        .forEach(entry -> limits.put(entry.getKey(), entry.getValue().asText()));
    return limits;
  }

  private BigDecimal used(String namespace, String resource) {
    BigDecimal sum = BigDecimal.ZERO;
    for (ResourceType type : table.rows()) {
      if (type.namespaced() && counts(type, resource)) {
        for (ObjectNode object : store.stored(type, namespace)) {
          sum = sum.add(cost(type, object, resource));
        }
      }
    }
    return sum;
  }

  private static boolean counts(ResourceType type, String resource) {
    return resource.equals("count/" + type.qualified())
        || resource.equals(type.qualified())
        || (type.qualified().equals("persistentvolumeclaims")
            && (resource.equals("requests.storage") || resource.contains(BY_CLASS)));
  }

  private static BigDecimal cost(ResourceType type, ObjectNode object, String resource) {
    if (!counts(type, resource)) {
      return BigDecimal.ZERO;
    }
    JsonNode spec = object.path("spec");
    int byClass = resource.indexOf(BY_CLASS);
    if (byClass > 0
        && !Json.text(spec, "storageClassName").equals(resource.substring(0, byClass))) {
      return BigDecimal.ZERO;
    }
    return resource.endsWith("requests.storage")
        ? Quantity.parse(Json.text(spec, "resources", "requests", "storage"))
        : BigDecimal.ONE;
  }
}
