// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.XmlNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A PropertyFilterSpec: which objects, reached by which traversals, with which of their properties.
 */
final class FilterSpec {
  private record PropSet(String type, boolean all, List<String> paths) {}

  private record Traversal(
      @Nullable String name, String type, String path, boolean skip, List<Select> next) {}

  /** Either a traversal of its own or the name of one. */
  private record Select(@Nullable Traversal traversal, @Nullable String name) {}

  private record ObjectSet(
      Moref object, boolean skip, List<Select> selects, Map<String, Traversal> named) {}

  private final List<PropSet> props = new ArrayList<>();
  private final List<ObjectSet> objects = new ArrayList<>();
  private final boolean reportMissing;

  /** Reads the spec; a traversal that is named but nowhere given is an InvalidArgument. */
  FilterSpec(XmlNode spec) {
    for (XmlNode set : spec.all("propSet")) {
      props.add(new PropSet(set.need("type").text(), set.bool("all", false), set.texts("pathSet")));
    }
    for (XmlNode set : spec.all("objectSet")) {
      Map<String, Traversal> named = new HashMap<>();
      List<Select> selects = selects(set, named);
      objects.add(new ObjectSet(set.need("obj").asRef(), set.bool("skip", false), selects, named));
    }
    if (props.isEmpty() || objects.isEmpty()) {
      throw VimFault.invalidArgument("spec", "A filter needs a propSet and an objectSet.");
    }
    reportMissing = spec.bool("reportMissingObjectsInResults", false);
  }

  private static List<Select> selects(XmlNode node, Map<String, Traversal> named) {
    List<Select> selects = new ArrayList<>();
    for (XmlNode select : node.all("selectSet")) {
      XmlNode path = select.child("path");
      if (path == null) {
        selects.add(new Select(null, select.need("name").text()));
        continue;
      }
      Traversal traversal =
          new Traversal(
              select.string("name"),
              select.need("type").text(),
              path.text(),
              select.bool("skip", false),
              selects(select, named));
      if (traversal.name() != null) {
        named.put(traversal.name(), traversal);
      }
      selects.add(new Select(traversal, null));
    }
    return selects;
  }

  /**
   * Faults where a property is asked of a type that has none of that name; judged on the objects
   * that are there.
   */
  void check(Function<Moref, @Nullable Managed> find) {
    for (Managed object : objects(find)) {
      for (PropSet set : props) {
        if (Schema.isA(object.ref().type(), set.type())) {
          set.paths().forEach(path -> PropertyPath.check(object, path));
        }
      }
    }
  }

  /** All objects the spec selects now, in the order of the traversal. */
  List<Managed> objects(Function<Moref, @Nullable Managed> find) {
    Set<Managed> selected = new LinkedHashSet<>();
    for (ObjectSet set : objects) {
      Managed start = find.apply(set.object());
      if (start == null) {
        if (reportMissing) {
          continue;
        }
        throw VimFault.notFound(set.object());
      }
      if (!set.skip()) {
        selected.add(start);
      }
      walk(set, set.selects(), start, selected, new HashSet<>(), find);
    }
    return selected.stream().filter(object -> !paths(object).isEmpty() || wanted(object)).toList();
  }

  private boolean wanted(Managed object) {
    return props.stream().anyMatch(p -> Schema.isA(object.ref().type(), p.type()));
  }

  private static void walk(
      ObjectSet set,
      List<Select> selects,
      Managed from,
      Set<Managed> selected,
      Set<List<Object>> seen,
      Function<Moref, @Nullable Managed> find) {
    for (Select select : selects) {
      Traversal traversal = select.traversal();
      if (traversal == null) {
        traversal = set.named().get(String.valueOf(select.name()));
      }
      if (traversal == null) {
        throw VimFault.invalidArgument("selectSet", "No traversal is named " + select.name() + ".");
      }
      if (!Schema.isA(from.ref().type(), traversal.type())
          || !seen.add(List.of(from.ref(), traversal))) {
        continue;
      }
      for (Moref ref : refs(PropertyPath.resolve(from, traversal.path()))) {
        Managed next = find.apply(ref);
        if (next == null) {
          continue;
        }
        if (!traversal.skip()) {
          selected.add(next);
        }
        walk(set, traversal.next(), next, selected, seen, find);
      }
    }
  }

  private static List<Moref> refs(@Nullable Object value) {
    return switch (value) {
      case Moref ref -> List.of(ref);
      case VimArray array ->
          array.items().stream().filter(Moref.class::isInstance).map(Moref.class::cast).toList();
      case null, default -> List.of();
    };
  }

  /** Whether the spec asks for exactly this property of the object. */
  boolean wants(Managed object, String path) {
    return paths(object).contains(path);
  }

  private List<String> paths(Managed object) {
    Set<String> paths = new LinkedHashSet<>();
    for (PropSet set : props) {
      if (Schema.isA(object.ref().type(), set.type())) {
        paths.addAll(set.all() ? object.propertyNames() : set.paths());
      }
    }
    return List.copyOf(paths);
  }

  /** The wanted properties of an object that are set, by path in the order of the spec. */
  Map<String, Object> values(Managed object) {
    Map<String, Object> values = new LinkedHashMap<>();
    for (String path : paths(object)) {
      Object value = PropertyPath.resolve(object, path);
      if (value != null) {
        values.put(path, value);
      }
    }
    return values;
  }
}
