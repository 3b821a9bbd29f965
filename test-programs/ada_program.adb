-- Ada: exceptions through frames, a generic, nested subprograms, a controlled type, tasks, and a fork of them.
-- processes: 2
-- tree: parent > child
-- ends: child = 4
-- variant: plain:
-- variant: checked: -gnata -gnato
with Ada.Exceptions;
with Ada.Text_IO; use Ada.Text_IO;
with Interfaces.C; use Interfaces.C;

procedure Ada_Program is -- hit: parent
   procedure Log_Role (Name : char_array) with Import, Convention => C, External_Name => "log_role";
   function Fork return int with Import, Convention => C, External_Name => "fork";
   function Wait (Status : access int) return int with Import, Convention => C, External_Name => "wait";
   procedure Leave (Status : int) with Import, Convention => C, External_Name => "_exit";

   Wrong : exception;

   generic
      type Item is private;
      with function "<" (Left, Right : Item) return Boolean is <>;
   function Smaller (Left, Right : Item) return Item;

   function Smaller (Left, Right : Item) return Item is -- hit: parent, child
   begin
      if Left < Right then -- hit: parent, child
         return Left; -- hit: child
      end if;
      return Right; -- hit: parent
   end Smaller; -- hit: parent, child

   function Smaller_Int is new Smaller (Integer);
   function Smaller_Float is new Smaller (Float);

   procedure Raises (N : Integer) is -- hit: parent, child
   begin
      if N = 0 then -- hit: parent, child
         raise Wrong with "zero"; -- hit: parent
      end if;
      Put_Line (Integer'Image (100 / (N - 1))); -- hit: child
   end Raises; -- miss

   function Caught (N : Integer) return String is -- hit: parent, child
   begin
      Raises (N); -- hit: parent, child
      return "nothing"; -- miss
   exception
      when Error : Wrong => -- hit: parent, child
         return Ada.Exceptions.Exception_Message (Error); -- hit: parent
      when Constraint_Error => -- hit: child
         return "constraint"; -- hit: child
   end Caught; -- hit: parent, child

   Status : aliased int := 0;
   Pid    : int;
begin
   Log_Role ("parent" & nul); -- hit: parent
   Put_Line (Integer'Image (Smaller_Int (2, 1))); -- hit: parent
   Put_Line (Caught (0)); -- hit: parent
   declare
      task type Adder is
         entry Give (N : Integer);
      end Adder;
      task body Adder is -- hit: parent
         Value : Integer;
      begin
         accept Give (N : Integer) do -- hit: parent
            Value := N + 1; -- hit: parent
         end Give;
         Put_Line ("task" & Integer'Image (Value)); -- hit: parent
      end Adder; -- hit: parent
      One : Adder; -- hit: parent
   begin
      One.Give (41); -- hit: parent
   end; -- hit: parent
   Pid := Fork; -- hit: parent
   if Pid = 0 then -- hit: parent, child
      Log_Role ("child" & nul); -- hit: child
      if Smaller_Float (1.0, 2.0) < 2.0 then -- hit: child
         Put_Line (Caught (1)); -- hit: child
      end if;
      Leave (4); -- hit: child
   end if;
   Pid := Wait (Status'Access); -- hit: parent
   Put_Line ("child" & int'Image (Status / 256)); -- hit: parent
end Ada_Program; -- hit: parent
