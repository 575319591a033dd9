// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.Moref;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Tags and their categories, which vCenter shows by its REST API and not by SOAP. */
public final class LabTags {
  /** A category of tags. */
  public record Category(String id, String name) {}

  /** A tag. */
  public record Tag(String id, String name, Category category) {}

  private final LabEstate estate;
  private final Map<String, Category> categories = new LinkedHashMap<>();
  private final Map<String, Tag> tags = new LinkedHashMap<>();
  private final Map<Tag, Set<Moref>> attached = new LinkedHashMap<>();

  LabTags(LabEstate estate) {
    this.estate = estate;
  }

  /** Puts a tag on an entity; category and tag are made if they are not there. */
  public void attach(LabEntity entity, String category, String name) {
    estate.locked(() -> {
      Category of =
          categories.values().stream()
              .filter(c -> c.name().equals(category))
              .findFirst()
              .orElseGet(() -> {
                Category made = new Category(urn("Category"), category);
                categories.put(made.id(), made);
                return made;
              });
      Tag tag =
          tags.values().stream()
              .filter(t -> t.category() == of && t.name().equals(name))
              .findFirst()
              .orElseGet(() -> {
                Tag made = new Tag(urn("Tag"), name, of);
                tags.put(made.id(), made);
                return made;
              });
      attached.computeIfAbsent(tag, t -> new LinkedHashSet<>()).add(entity.ref());
    });
  }

  private String urn(String kind) {
    return "urn:vmomi:InventoryService" + kind + ":" + estate.newUuid() + ":GLOBAL";
  }

  public List<Category> categories() {
    return estate.locked(() -> List.copyOf(categories.values()));
  }

  public List<Tag> tags() {
    return estate.locked(() -> List.copyOf(tags.values()));
  }

  public @Nullable Category category(String id) {
    return estate.locked(() -> categories.get(id));
  }

  public @Nullable Tag tag(String id) {
    return estate.locked(() -> tags.get(id));
  }

  /** What carries the tag. */
  public List<Moref> objects(Tag tag) {
    return estate.locked(() -> List.copyOf(attached.getOrDefault(tag, Set.of())));
  }
}
