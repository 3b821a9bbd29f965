// Free Pascal: its own start-up and system calls without a C library's; exceptions, classes, generics, nested
// procedures, and a fork.
// processes: 2
// tree: parent > child
// ends: child = 6
program pascal;
{$mode objfpc}{$linklib c}{$L role.o}

uses
  SysUtils, BaseUnix;

type
  TShape = class
    function Area: Integer; virtual; abstract;
    destructor Destroy; override;
  end;

  TSquare = class(TShape)
    Side: Integer;
    constructor Create(ASide: Integer);
    function Area: Integer; override;
  end;

procedure log_role(name: PChar); cdecl; external;

destructor TShape.Destroy;
begin // hit: parent, child
  WriteLn('destroyed'); // hit: parent, child
  inherited Destroy; // hit: parent, child
end; // hit: parent, child

constructor TSquare.Create(ASide: Integer);
begin // hit: parent, child
  if ASide < 0 then // hit: parent, child
    raise Exception.Create('negative'); // hit: child
  Side := ASide; // hit: parent
end; // hit: parent, child

function TSquare.Area: Integer;
begin // hit: parent
  Area := Side * Side; // hit: parent
end; // hit: parent

procedure Show(Side: Integer);
var
  Shape: TShape;
begin // hit: parent, child
  try
    Shape := TSquare.Create(Side); // hit: parent, child
    try // hit: parent
      WriteLn(Shape.Area); // hit: parent
    finally
      Shape.Free; // hit: parent
    end;
  except
    on Error: Exception do
      WriteLn(Error.Message); // hit: child
  end;
end; // hit: parent, child

procedure Never;
begin // miss
  WriteLn('never'); // miss
end; // miss

var
  Pid: TPid;
  Status: cint;

begin // hit: parent
  log_role('parent'); // hit: parent
  if ParamCount > 3 then // hit: parent
    Never; // miss
  Show(3); // hit: parent
  Flush(Output); // hit: parent
  Pid := fpFork; // hit: parent
  if Pid = 0 then // hit: parent, child
  begin
    log_role('child'); // hit: child
    Show(-1); // hit: child
    Flush(Output); // hit: child
    Halt(6); // hit: child
  end;
  fpWaitPid(Pid, Status, 0); // hit: parent
  WriteLn('child ', Status div 256); // hit: parent
end. // hit: parent
