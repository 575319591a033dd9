// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.drover.executor.Trouble;
import io.drover.schemas.Carry;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What people wrote on a source VM, as labels and annotations of its target. A tag is {@code
 * CATEGORY=TAG}, a custom attribute {@code NAME=VALUE}, both under a prefix of ours and with dashes
 * for what a label cannot hold; where a VM has several tags of a category, each is {@code
 * CATEGORY.TAG=true}. The text as it was is in an annotation, whatever became of the label.
 *
 * @param told what has no label, and why, in words
 */
record Carried(Map<String, String> labels, Map<String, String> annotations, List<String> told) {
  /** A label's value, and its name: 63 characters. */
  private static final int MOST = 63;

  /** Bytes of a note; all annotations of an object may have 256 KiB together. */
  private static final int MOST_NOTE = 64 << 10;

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");
  private static final Pattern PREFIX =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  /** Prefixes whose keys mean something to whoever owns them; no plan writes there. */
  private static final List<String> OWNED =
      List.of("drover.io/", "kubevirt.io/", "vm.kubevirt.io/", "app.kubernetes.io/");

  /** Labels that a plan gives to all that it moves. */
  private static final String PLAN = "drover.io/plan";

  /**
   * What stands on a target.
   *
   * @param note of the source; left out where it was not asked for
   */
  static Carried of(MigrationSpec spec, String note) {
    Carry carry = spec.target().carry();
    if (carry == null) {
      return new Carried(Map.of(), Map.of(), List.of());
    }
    Inventory.Vm source = spec.source();
    var made = new Making(carry.prefix() + "/");
    if (carry.tags() && !source.tags().isEmpty()) {
      made.tags(source.tags());
    }
    var attributes = new TreeMap<String, String>();
    for (String name : carry.attributes()) {
      String value = source.attributes().getOrDefault(name, "");
      if (!value.isBlank()) {
        attributes.put(name, value);
      }
    }
    attributes.forEach((name, value) -> made.label(name, value, "attribute '" + name + "'"));
    if (!attributes.isEmpty()) {
      made.annotate("attributes", json(attributes));
    }
    made.annotate("folder", source.placement().folder());
    made.annotate("vcenter", source.vm().vcenter());
    made.annotate("uuid", source.vm().vm());
    if (carry.notes()) {
      int bytes = note.getBytes(StandardCharsets.UTF_8).length;
      made.annotate(
          "note",
          bytes <= MOST_NOTE ? note : "(left at the source: its " + bytes + " bytes are too many)");
    }
    return new Carried(made.labels, made.annotations, made.told);
  }

  /** Labels and annotations that are being made. */
  private static final class Making {
    private final String prefix;
    private final Map<String, String> labels = new LinkedHashMap<>();
    private final Map<String, String> annotations = new LinkedHashMap<>();
    private final List<String> told = new ArrayList<>();

    Making(String prefix) {
      this.prefix = prefix;
    }

    void tags(List<String> tags) {
      var categories = new TreeMap<String, List<String>>();
      for (String tag : tags) {
        int slash = tag.indexOf('/');
        categories
            .computeIfAbsent(slash < 0 ? "tag" : tag.substring(0, slash), c -> new ArrayList<>())
            .add(tag.substring(slash + 1));
      }
      categories.forEach((category, names) -> {
        for (String name : names) {
          String what = "tag '" + category + "/" + name + "'";
          if (names.size() == 1) {
            label(category, name, what);
          } else {
            label(category + "." + name, "true", what);
          }
        }
      });
      annotate("tags", json(tags.stream().sorted().toList()));
    }

    void label(String name, String value, String what) {
      String key = clean(name);
      String held = clean(value);
      String why =
          key.isEmpty() || held.isEmpty()
              ? "nothing of it can stand in a label"
              : key.length() > MOST || held.length() > MOST
                  ? "it is longer than the " + MOST + " characters of a label"
                  : labels.containsKey(prefix + key) ? "label " + prefix + key + " is taken" : "";
      if (why.isEmpty()) {
        labels.put(prefix + key, held);
      } else {
        told.add(what + " is in an annotation only: " + why);
      }
    }

    void annotate(String name, String text) {
      if (!text.isBlank()) {
        annotations.put(prefix + name, text);
      }
    }
  }

  private static String clean(String text) {
    return text.replaceAll("[^A-Za-z0-9._-]+", "-")
        .replaceAll("^[^A-Za-z0-9]+", "")
        .replaceAll("[^A-Za-z0-9]+$", "");
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("Texts can be written as JSON", e);
    }
  }

  /** Refuses labels and annotations of the plan that no object can carry, or that are not its. */
  static void check(MigrationSpec spec) {
    String vm = spec.source().name();
    spec.target()
        .labels()
        .forEach((key, value) -> {
          boolean held = value.isEmpty() || NAME.matcher(value).matches();
          if (!key.equals(PLAN) && !(held && free(key))) {
            throw illegal("label '" + key + "' = '" + value + "'", vm);
          }
        });
    spec.target()
        .annotations()
        .keySet()
        .forEach(key -> {
          if (!free(key)) {
            throw illegal("annotation '" + key + "'", vm);
          }
        });
  }

  private static boolean free(String key) {
    int slash = key.indexOf('/');
    String prefix = slash < 0 ? "" : key.substring(0, slash);
    return NAME.matcher(key.substring(slash + 1)).matches()
        && (slash < 0 || (prefix.length() <= 253 && PREFIX.matcher(prefix).matches()))
        && OWNED.stream().noneMatch(key::startsWith);
  }

  private static Trouble illegal(String what, String vm) {
    return Trouble.refused(
        "label-illegal",
        "The " + what + " that the plan gives to VM " + vm + " cannot stand on its target.",
        "Write NAME or DNS-NAME/NAME, names and label values of letters, digits, '-', '_' and '.',"
            + " 63 at most; those of Drover, KubeVirt and app.kubernetes.io are not free.");
  }
}
