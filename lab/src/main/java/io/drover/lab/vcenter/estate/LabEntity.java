// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimEnum;
import io.drover.lab.vcenter.vim.VimObject;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What every inventory object has: a name, a parent, custom values, recent tasks. Its fields are
 * guarded by the estate's lock.
 */
public abstract class LabEntity implements Managed {
  private static final List<String> COMMON =
      List.of(
          "parent",
          "customValue",
          "overallStatus",
          "configStatus",
          "configIssue",
          "effectiveRole",
          "permission",
          "name",
          "disabledMethod",
          "recentTask",
          "declaredAlarmState",
          "triggeredAlarmState",
          "alarmActionsEnabled",
          "tag",
          "value",
          "availableField");
  private static final int RECENT = 10;

  private final LabEstate estate;
  private final Moref ref;
  private final @Nullable LabEntity parent;
  private String name;
  private long version;
  private final Map<Integer, String> customValues = new TreeMap<>();
  private final Deque<Moref> recentTasks = new ArrayDeque<>();

  LabEntity(LabEstate estate, Moref ref, String name, @Nullable LabEntity parent) {
    this.estate = estate;
    this.ref = ref;
    this.name = name;
    this.parent = parent;
    estate.register(this);
    changed();
  }

  public final LabEstate estate() {
    return estate;
  }

  @Override
  public final Moref ref() {
    return ref;
  }

  public final String name() {
    return name;
  }

  final void rename(String newName) {
    name = newName;
    changed();
  }

  /**
   * Renames it, as Rename_Task does with the lock held; a virtual machine's configuration gets a
   * new version.
   */
  public final void renamed(String newName) {
    rename(newName);
    if (this instanceof LabVm vm) {
      vm.config().bump();
    }
  }

  public final @Nullable LabEntity parent() {
    return parent;
  }

  @Override
  public final long version() {
    return version;
  }

  /** Notes that a property changed, and wakes all who wait for updates. */
  final void changed() {
    version = estate.tick();
  }

  /** Sets a custom attribute's value by the key of its definition. */
  final void customValue(int key, String value) {
    customValues.put(key, value);
    changed();
  }

  final void recent(Moref task) {
    recentTasks.remove(task);
    recentTasks.addLast(task);
    if (recentTasks.size() > RECENT) {
      recentTasks.removeFirst();
    }
    changed();
  }

  /** Properties of the kind itself, beside those that all have. */
  abstract List<String> ownProperties();

  /** The value of one of {@link #ownProperties()}. */
  abstract @Nullable Object ownProperty(String property);

  @Override
  public final List<String> propertyNames() {
    List<String> all = new ArrayList<>(ownProperties());
    all.addAll(COMMON);
    return all;
  }

  @Override
  public final @Nullable Object property(String property) {
    return switch (property) {
      case "name" -> name;
      case "parent" -> parent == null ? null : parent.ref;
      case "customValue", "value" ->
          customValues.isEmpty() ? null : VimArray.of("CustomFieldValue", customValueObjects());
      case "overallStatus", "configStatus" -> new VimEnum("ManagedEntityStatus", "green");
      case "effectiveRole" -> VimArray.of("int", List.of(-1));
      case "disabledMethod" -> VimArray.strings(disabledMethods());
      case "recentTask" -> VimArray.refs(List.copyOf(recentTasks));
      case "alarmActionsEnabled" -> true;
      case "availableField" -> estate.customFields().definitions();
      case "tag" -> VimArray.of("Tag", List.of());
      case "permission" -> VimArray.of("Permission", List.of());
      case "configIssue" -> VimArray.of("Event", List.of());
      case "declaredAlarmState", "triggeredAlarmState" -> VimArray.of("AlarmState", List.of());
      default -> ownProperty(property);
    };
  }

  List<String> disabledMethods() {
    return List.of();
  }

  private List<VimObject> customValueObjects() {
    List<VimObject> values = new ArrayList<>();
    customValues.forEach((key, value) ->
        values.add(VimObject.sub("CustomFieldStringValue").with("key", key).with("value", value)));
    return values;
  }

  @Override
  public final String toString() {
    return name + " (" + ref.value() + ")";
  }
}
