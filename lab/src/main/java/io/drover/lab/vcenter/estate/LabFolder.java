// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A folder of the inventory tree. */
public final class LabFolder extends LabEntity {
  private final List<String> childTypes;
  private final List<LabEntity> children = new ArrayList<>();

  LabFolder(
      LabEstate estate,
      Moref ref,
      String name,
      @Nullable LabEntity parent,
      List<String> childTypes) {
    super(estate, ref, name, parent);
    this.childTypes = List.copyOf(childTypes);
  }

  /** A new folder inside, of the same kind. */
  LabFolder folder(String name) {
    for (LabEntity child : children) {
      if (child instanceof LabFolder folder && folder.name().equals(name)) {
        return folder;
      }
    }
    LabFolder folder =
        new LabFolder(estate(), estate().newRef("Folder", "group-v"), name, this, childTypes);
    add(folder);
    return folder;
  }

  void add(LabEntity child) {
    children.add(child);
    changed();
  }

  public List<LabEntity> children() {
    return List.copyOf(children);
  }

  @Override
  List<String> ownProperties() {
    return List.of("childType", "childEntity");
  }

  @Override
  @Nullable Object ownProperty(String property) {
    return switch (property) {
      case "childType" -> VimArray.strings(childTypes);
      case "childEntity" -> VimArray.refs(children.stream().map(LabEntity::ref).toList());
      default -> null;
    };
  }
}
