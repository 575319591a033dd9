// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A ContainerView, whose members follow the inventory, or a ListView, whose members its maker
 * names.
 */
final class InventoryView implements Managed {
  private static final List<String> DOWN =
      List.of(
          "childEntity",
          "vmFolder",
          "hostFolder",
          "datastoreFolder",
          "networkFolder",
          "host",
          "resourcePool");

  /** Types that contain nothing, although some have properties of those names. */
  private static final Set<String> LEAVES =
      Set.of(
          "VirtualMachine",
          "Datastore",
          "Network",
          "DistributedVirtualPortgroup",
          "HostSystem",
          "VmwareDistributedVirtualSwitch");

  private final LabEstate estate;
  private final Moref ref;
  private final @Nullable Moref container;
  private final List<String> types;
  private final boolean recursive;
  private final Set<Moref> listed = new LinkedHashSet<>();

  /** A container view. */
  InventoryView(
      LabEstate estate, Moref ref, Moref container, List<String> types, boolean recursive) {
    this.estate = estate;
    this.ref = ref;
    this.container = container;
    this.types = types;
    this.recursive = recursive;
  }

  /** A list view. */
  InventoryView(LabEstate estate, Moref ref, List<Moref> members) {
    this.estate = estate;
    this.ref = ref;
    this.container = null;
    this.types = List.of();
    this.recursive = false;
    listed.addAll(members);
  }

  /** Adds and removes members of a list view; returns references that name nothing. */
  List<Moref> modify(List<Moref> add, List<Moref> remove) {
    return estate.locked(() -> {
      List<Moref> unresolved = new ArrayList<>();
      for (Moref each : add) {
        if (estate.find(each) == null) {
          unresolved.add(each);
        } else {
          listed.add(each);
        }
      }
      remove.forEach(listed::remove);
      estate.wake();
      return unresolved;
    });
  }

  private List<Moref> members() {
    if (container == null) {
      return listed.stream().filter(each -> estate.find(each) != null).toList();
    }
    Set<Moref> members = new LinkedHashSet<>();
    descend(container, members, new LinkedHashSet<>());
    return List.copyOf(members);
  }

  private void descend(Moref from, Set<Moref> members, Set<Moref> seen) {
    Managed object = estate.find(from);
    if (object == null || !seen.add(from)) {
      return;
    }
    if (LEAVES.contains(from.type())) {
      return;
    }
    List<Moref> children = new ArrayList<>();
    for (String property : DOWN) {
      if (!object.propertyNames().contains(property)) {
        continue;
      }
      switch (object.property(property)) {
        case Moref child -> children.add(child);
        case VimArray array ->
            array.items().stream()
                .filter(Moref.class::isInstance)
                .map(Moref.class::cast)
                .forEach(children::add);
        case null, default -> {}
      }
    }
    for (Moref child : children) {
      if (types.isEmpty() || types.stream().anyMatch(type -> Schema.isA(child.type(), type))) {
        members.add(child);
      }
      if (recursive) {
        descend(child, members, seen);
      }
    }
  }

  @Override
  public Moref ref() {
    return ref;
  }

  @Override
  public long version() {
    return estate.clock();
  }

  @Override
  public List<String> propertyNames() {
    return container == null ? List.of("view") : List.of("view", "container", "type", "recursive");
  }

  @Override
  public @Nullable Object property(String name) {
    return switch (name) {
      case "view" -> VimArray.refs(members());
      case "container" -> container;
      case "type" -> VimArray.strings(types);
      case "recursive" -> recursive;
      default -> null;
    };
  }
}
